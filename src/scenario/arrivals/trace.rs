//! The rows of a log: instants and countries, twelve bytes each, in order of time.

use jiff::Timestamp;
use sms_voice_mock::config::{Finding, document::Origin};
use std::io;

/// A log of arrivals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    rows: Vec<Row>,
}

/// One arrival: when, and from which country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The upper and the lower half of the nanoseconds since 1970: two words, so that a row needs no
    /// padding.
    epoch_nanos: [u32; 2],
    country: u16,
}

/// Instants are from 1970 to the end of 2199; milliseconds taken for seconds lie beyond.
const LATEST_EPOCH_S: i64 = 7_258_118_400;
/// How many mistakes are told before the rest is only counted.
const TOLD: usize = 20;
const COLUMNS: [&str; 2] = ["timestamp", "country"];

impl Row {
    #[expect(clippy::cast_possible_truncation, reason = "two halves of one number")]
    fn new(epoch_nanos: u64, country: u16) -> Self {
        Self { epoch_nanos: [(epoch_nanos >> 32) as u32, epoch_nanos as u32], country }
    }

    /// Nanoseconds since 1970.
    #[inline]
    #[must_use]
    pub fn epoch_nanos(&self) -> i64 {
        let [high, low] = self.epoch_nanos;
        i64::from(high) << 32 | i64::from(low)
    }

    /// Whole seconds since 1970.
    #[inline]
    #[must_use]
    pub fn epoch_s(&self) -> i64 {
        self.epoch_nanos() / 1_000_000_000
    }

    /// Index into the countries that the log was read with.
    #[inline]
    #[must_use]
    pub fn country(&self) -> u16 {
        self.country
    }
}

impl Trace {
    /// The rows in order of time, at least one.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Reads the columns `timestamp` and `country` of a CSV text; others are passed over, and rows need
    /// not be in order. `name` is what the file is called in messages. The error has every mistake, each
    /// with its line.
    pub fn read(csv: impl io::Read, name: &str, countries: &[&str]) -> Result<Self, Vec<Finding>> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(csv);
        let columns = columns(&mut reader).map_err(|message| vec![finding(name, 1, message)])?;
        let (mut rows, mut mistakes) = (Vec::new(), Vec::new());
        let mut record = csv::StringRecord::new();
        loop {
            let read = reader.read_record(&mut record);
            let line = record.position().map_or(0, csv::Position::line);
            match read.map_err(|error| csv_message(&error)) {
                Ok(false) => break,
                Ok(true) => match row(&record, columns, countries) {
                    Ok(row) => rows.push(row),
                    Err(message) => mistakes.push(finding(name, line, message)),
                },
                Err((line, message)) => mistakes.push(finding(name, line, message)),
            }
            if mistakes.len() > TOLD {
                break;
            }
        }
        if mistakes.is_empty() && rows.is_empty() {
            mistakes.push(finding(name, 1, "has no rows".to_owned()));
        }
        if u32::try_from(rows.len()).is_err() {
            mistakes.push(finding(name, 1, "has more than 4,294,967,295 rows".to_owned()));
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        // Rows that are equal cannot be told apart, so their order does not matter.
        rows.sort_unstable_by_key(|row| (row.epoch_nanos, row.country));
        Ok(Self { rows })
    }
}

/// Where the two columns are.
fn columns(reader: &mut csv::Reader<impl io::Read>) -> Result<[usize; 2], String> {
    let header = reader.headers().map_err(|error| csv_message(&error).1)?;
    let [timestamp, country] = COLUMNS.map(|name| header.iter().position(|found| found == name));
    match (timestamp, country) {
        (Some(timestamp), Some(country)) => Ok([timestamp, country]),
        _ => {
            let found: Vec<&str> = header.iter().collect();
            Err(format!(
                "the header is `{}`, but must have the columns `timestamp` and `country`",
                found.join(",")
            ))
        }
    }
}

fn row(
    record: &csv::StringRecord,
    [at, country]: [usize; 2],
    countries: &[&str],
) -> Result<Row, String> {
    let field = |place| record.get(place).unwrap_or_default();
    let nanos = instant(field(at)).ok_or_else(|| {
        format!(
            "timestamp is {:?}, but must be an RFC 3339 instant or seconds since 1970, before 2200",
            field(at)
        )
    })?;
    let known = countries.iter().position(|code| *code == field(country)).ok_or_else(|| {
        let known = countries.join(", ");
        format!("country is {:?}, but must be one of the scenario's: {known}", field(country))
    })?;
    Ok(Row::new(nanos, u16::try_from(known).expect("fewer than 65,536 countries")))
}

/// Nanoseconds since 1970, exactly, of RFC 3339 or of seconds with up to nine decimals.
fn instant(text: &str) -> Option<u64> {
    let latest = u64::try_from(LATEST_EPOCH_S).ok()? * 1_000_000_000;
    let nanos = if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        let (seconds, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let whole = seconds.parse::<u64>().ok()?.checked_mul(1_000_000_000)?;
        let digits =
            u32::try_from(decimals.len()).ok().filter(|digits| (1..=9).contains(digits))?;
        whole.checked_add(decimals.parse::<u64>().ok()? * 10_u64.pow(9 - digits))?
    } else {
        u64::try_from(text.parse::<Timestamp>().ok()?.as_nanosecond()).ok()?
    };
    Some(nanos).filter(|nanos| *nanos < latest)
}

/// The line and the words of a file that is no CSV.
fn csv_message(error: &csv::Error) -> (u64, String) {
    let line = error.position().map_or(0, csv::Position::line);
    let message = if let csv::ErrorKind::Utf8 { .. } = error.kind() {
        "is not UTF-8 text".to_owned()
    } else if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = error.kind() {
        format!("has {len} fields, but the header has {expected_len}")
    } else {
        error.to_string()
    };
    (line, message)
}

fn finding(name: &str, line: u64, message: String) -> Finding {
    let line = usize::try_from(line).unwrap_or(usize::MAX);
    Finding { origin: Origin::File { name: name.into(), line }, path: String::new(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Trace, Vec<Finding>> {
        Trace::read(text.as_bytes(), "log.csv", &["BR", "US"])
    }

    #[test]
    fn rows_of_both_kinds_are_read_exactly_and_put_in_order() {
        let text = "\u{feff}user,country,timestamp\n\
                    7,US,2026-11-27T18:00:01.5-03:00\n\
                    8,BR,1795813200.000000001\n\
                    9,BR,1795813199\n";
        let trace = read(text).expect("valid");
        let rows: Vec<_> =
            trace.rows.iter().map(|row| (row.epoch_nanos(), row.country())).collect();
        let second = 1_000_000_000;
        let expected = [
            (1_795_813_199 * second, 0),
            (1_795_813_200 * second + 1, 0),
            (1_795_813_201 * second + second / 2, 1),
        ];
        assert_eq!(rows, expected);
        assert_eq!(size_of::<Row>(), 12);
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &[&str]) {
        let mistakes = read(text).expect_err("refused");
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(expected), "{told}, not {expected}");
        }
    }

    #[test]
    fn a_bad_row_is_refused_with_its_file_line_and_value() {
        check_refused(
            "timestamp,country\n1795813200,BR\nyesterday,BR\n1795813200,FR\n1795813200\n1795813200000,US\n",
            &[
                "log.csv:3: timestamp is \"yesterday\", but must be an RFC 3339 instant",
                "log.csv:4: country is \"FR\", but must be one of the scenario's: BR, US",
                "log.csv:5: has 1 fields, but the header has 2",
                "log.csv:6: timestamp is \"1795813200000\", but must be",
            ],
        );
        check_refused(
            "time,country\n",
            &["log.csv:1: the header is `time,country`, but must have"],
        );
        check_refused("timestamp,country\n", &["log.csv:1: has no rows"]);
        check_refused("", &["log.csv:1: the header is ``, but must have"]);
    }

    #[test]
    fn a_file_of_nothing_but_mistakes_is_not_told_to_its_end() {
        let text = format!("timestamp,country\n{}", "x,BR\n".repeat(1000));
        assert_eq!(read(&text).expect_err("refused").len(), TOLD + 1);
    }
}
