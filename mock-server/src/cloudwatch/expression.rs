//! Metric math as text, read into a tree.
//!
//! ```text
//! sum     = product { ("+" | "-") product }
//! product = factor { ("*" | "/") factor }
//! factor  = "-" factor | number | id | word | text | "(" sum ")" | "[" [ list ] "]"
//!         | function "(" [ list ] ")"
//! list    = sum { "," sum }
//! ```
//!
//! **Invariant:** no text, however nested, does more than fail.

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Number(f64),
    Id(String),
    /// `REPEAT` or `LINEAR`
    Word(String),
    Text(String),
    Negative(Box<Self>),
    /// Operators of one rank, from left to right: in a row, so that a long one costs no stack.
    Chain(Box<Self>, Vec<(Operator, Self)>),
    List(Vec<Self>),
    Call(Function, Vec<Self>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Plus,
    Minus,
    Times,
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Avg,
    Fill,
    Max,
    Metrics,
    Min,
    Sum,
}

/// What there is, for those who ask for something else.
pub(super) const SUPPORTED: &str = "sms-voice-mock has numbers, + - * /, parentheses, ids, lists, and \
    SUM, AVG, MIN, MAX, FILL and METRICS";

/// How deep an expression may nest: more would only cost stack.
const DEPTH: usize = 40;

/// Reads an expression; an error says what is wrong with it.
pub(super) fn read(text: &str) -> Result<Expression, String> {
    let mut reader = Reader { rest: text };
    let expression = reader.sum(DEPTH)?;
    reader.skip_blanks();
    if reader.rest.is_empty() { Ok(expression) } else { Err(reader.unexpected()) }
}

impl Expression {
    /// The ids that it names.
    pub(super) fn ids<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::Number(_) | Self::Word(_) | Self::Text(_) => {}
            Self::Id(id) => found.push(id),
            Self::Negative(inner) => inner.ids(found),
            Self::Chain(first, others) => {
                first.ids(found);
                others.iter().for_each(|(_, other)| other.ids(found));
            }
            Self::List(items) | Self::Call(_, items) => {
                items.iter().for_each(|item| item.ids(found));
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn sum(&mut self, depth: usize) -> Result<Expression, String> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err("it nests too deep".to_owned());
        };
        let first = self.product(depth)?;
        let mut others = Vec::new();
        while let Some(operator) = self.operator([('+', Operator::Plus), ('-', Operator::Minus)]) {
            others.push((operator, self.product(depth)?));
        }
        Ok(chain(first, others))
    }

    fn product(&mut self, depth: usize) -> Result<Expression, String> {
        let first = self.factor(depth)?;
        let mut others = Vec::new();
        while let Some(operator) = self.operator([('*', Operator::Times), ('/', Operator::Over)]) {
            others.push((operator, self.factor(depth)?));
        }
        Ok(chain(first, others))
    }

    fn factor(&mut self, depth: usize) -> Result<Expression, String> {
        let mut negative = false;
        while self.take('-') {
            negative = !negative;
        }
        let factor = self.bare(depth)?;
        Ok(if negative { Expression::Negative(factor.into()) } else { factor })
    }

    fn bare(&mut self, depth: usize) -> Result<Expression, String> {
        self.skip_blanks();
        match self.rest.chars().next() {
            Some('(') => {
                self.take('(');
                let inner = self.sum(depth)?;
                self.expect(')').map(|()| inner)
            }
            Some('[') => {
                self.take('[');
                self.list(depth, ']').map(Expression::List)
            }
            Some('"' | '\'') => self.text(),
            Some('0'..='9' | '.') => self.number(),
            Some('a'..='z') => Ok(Expression::Id(self.name().to_owned())),
            Some('A'..='Z') => self.word(depth),
            _ => Err(self.unexpected()),
        }
    }

    fn word(&mut self, depth: usize) -> Result<Expression, String> {
        let name = self.name();
        if self.take('(') {
            let function = function(name)?;
            return Ok(Expression::Call(function, self.list(depth, ')')?));
        }
        if matches!(name, "REPEAT" | "LINEAR") {
            return Ok(Expression::Word(name.to_owned()));
        }
        Err(format!("`{name}` is not known; {SUPPORTED}"))
    }

    fn list(&mut self, depth: usize, end: char) -> Result<Vec<Expression>, String> {
        let mut items = Vec::new();
        if self.take(end) {
            return Ok(items);
        }
        loop {
            items.push(self.sum(depth)?);
            if !self.take(',') {
                return self.expect(end).map(|()| items);
            }
        }
    }

    fn number(&mut self) -> Result<Expression, String> {
        let is_number = |char: char| char.is_ascii_digit() || char == '.';
        let text = self.split(self.rest.find(|char| !is_number(char)));
        text.parse().map(Expression::Number).map_err(|_| format!("`{text}` is not a number"))
    }

    fn text(&mut self) -> Result<Expression, String> {
        let quote = self.rest.chars().next().unwrap_or('"');
        let inner = &self.rest[1..];
        let end = inner.find(quote).ok_or_else(|| "a text has no end".to_owned())?;
        let (text, rest) = inner.split_at(end);
        self.rest = &rest[1..];
        Ok(Expression::Text(text.to_owned()))
    }

    fn name(&mut self) -> &'a str {
        let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
        self.split(self.rest.find(|char| !is_name(char)))
    }

    fn split(&mut self, at: Option<usize>) -> &'a str {
        let (taken, rest) = self.rest.split_at(at.unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }

    fn operator(&mut self, known: [(char, Operator); 2]) -> Option<Operator> {
        known.into_iter().find(|(sign, _)| self.take(*sign)).map(|(_, operator)| operator)
    }

    fn take(&mut self, char: char) -> bool {
        self.skip_blanks();
        let rest = self.rest.strip_prefix(char);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, char: char) -> Result<(), String> {
        if self.take(char) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn unexpected(&self) -> String {
        match self.rest.chars().next() {
            Some(char) => format!("`{char}` is not expected here; {SUPPORTED}"),
            None => "it ends too early".to_owned(),
        }
    }
}

fn chain(first: Expression, others: Vec<(Operator, Expression)>) -> Expression {
    if others.is_empty() { first } else { Expression::Chain(first.into(), others) }
}

fn function(name: &str) -> Result<Function, String> {
    match name {
        "AVG" => Ok(Function::Avg),
        "FILL" => Ok(Function::Fill),
        "MAX" => Ok(Function::Max),
        "METRICS" => Ok(Function::Metrics),
        "MIN" => Ok(Function::Min),
        "SUM" => Ok(Function::Sum),
        _ => Err(format!("the function `{name}` is not available; {SUPPORTED}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An expression of numbers alone, computed.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is a number")]
    fn value(expression: &Expression) -> f64 {
        match expression {
            Expression::Number(number) => *number,
            Expression::Negative(inner) => -value(inner),
            Expression::Chain(first, others) => {
                others.iter().fold(value(first), |left, (operator, right)| match operator {
                    Operator::Plus => left + value(right),
                    Operator::Minus => left - value(right),
                    Operator::Times => left * value(right),
                    Operator::Over => left / value(right),
                })
            }
            other => panic!("{other:?} is not a number"),
        }
    }

    #[test]
    fn operators_bind_as_in_arithmetic() {
        let cases = [
            ("1+2*3", 7.0),
            ("(1+2)*3", 9.0),
            ("10-4-3", 3.0),
            ("24/4/3", 2.0),
            ("-2*-3", 6.0),
            ("--2", 2.0),
            ("2*-(3+.5)", -7.0),
            (" 1 - -1 ", 2.0),
            ("100 * 1 / 8", 12.5),
        ];
        for (text, wanted) in cases {
            let found = read(text).map(|expression| value(&expression));
            assert!(
                found.as_ref().is_ok_and(|found| (found - wanted).abs() < 1e-12),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn calls_lists_and_ids() {
        let id = |id: &str| Expression::Id(id.to_owned());
        let fill = vec![id("m1"), Expression::Word("REPEAT".to_owned())];
        assert_eq!(read("FILL(m1, REPEAT)"), Ok(Expression::Call(Function::Fill, fill)));
        let list = Expression::List(vec![id("a"), id("b_2")]);
        assert_eq!(read("SUM([a,b_2])"), Ok(Expression::Call(Function::Sum, vec![list])));
        let metrics = Expression::Call(Function::Metrics, vec![Expression::Text("x".to_owned())]);
        assert_eq!(read("METRICS(\"x\")"), Ok(metrics));
        let mut ids = Vec::new();
        let expression = read("100*rec/SUM([exp, -rec])").expect("readable");
        expression.ids(&mut ids);
        assert_eq!(ids, ["rec", "exp", "rec"]);
    }

    #[test]
    fn what_is_no_expression() {
        let deep = "(".repeat(2_000);
        let texts =
            ["", "1+", "(1", "1)", "1 2", "a b", "1..2", "SUM(", "SUM(a,)", "\"x", "é", &deep];
        for text in texts {
            assert!(read(text).is_err(), "{text:.20}");
        }
        for text in ["RATE(m1)", "m1 > 5", "2^3", "PERIOD(m1)", "SEARCH('x','Sum',60)"] {
            let why = read(text).expect_err("not supported");
            assert!(why.contains("AVG, MIN, MAX, FILL and METRICS"), "{text}: {why}");
        }
    }
}
