//! Parts of a text message: how many a text needs, and in which encoding.
//!
//! The characters are those of AWS's own table, which has no backtick and no small c with cedilla.
//! That pairs (an escape and its character, two surrogates) are not split between two parts is
//! common practice; AWS does not say.
//!
//! **Invariant:** nothing here allocates.

/// How a text travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Encoding {
    /// GSM 03.38: 160 slots in one part, 153 in each of several.
    Gsm,
    /// UCS-2: 70 slots in one part, 67 in each of several.
    Ucs2,
}

/// What a text needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The number of parts; at least 1.
    pub count: u32,
    /// The encoding, chosen by the characters.
    pub encoding: Encoding,
    /// The slots it fills: characters, extension characters and surrogate pairs counted twice.
    pub slots: u32,
}

impl Parts {
    /// Whether the service sends a text of this size: at most 1530 or 630 slots, that is ten parts.
    #[must_use]
    pub const fn fits(self) -> bool {
        self.slots <= self.encoding.most_slots()
    }
}

impl Encoding {
    const fn slots_alone(self) -> u32 {
        match self {
            Self::Gsm => 160,
            Self::Ucs2 => 70,
        }
    }

    const fn slots_of_many(self) -> u32 {
        match self {
            Self::Gsm => 153,
            Self::Ucs2 => 67,
        }
    }

    const fn most_slots(self) -> u32 {
        match self {
            Self::Gsm => 1530,
            Self::Ucs2 => 630,
        }
    }

    fn slots(self, c: char) -> u32 {
        match self {
            Self::Gsm => gsm_slots(c).unwrap_or(1),
            Self::Ucs2 => ucs2_slots(c),
        }
    }
}

/// The parts of a text.
#[must_use]
pub fn parts(body: &str) -> Parts {
    let (encoding, slots) = match body.chars().map(gsm_slots).sum() {
        Some(slots) => (Encoding::Gsm, slots),
        None => (Encoding::Ucs2, body.chars().map(ucs2_slots).sum()),
    };
    let count = if slots <= encoding.slots_alone() { 1 } else { split(body, encoding) };
    Parts { count, encoding, slots }
}

/// Fills part after part; a pair that does not fit as a whole begins the next one.
fn split(body: &str, encoding: Encoding) -> u32 {
    let (mut count, mut used) = (1, 0);
    for c in body.chars() {
        let slots = encoding.slots(c);
        if used + slots > encoding.slots_of_many() {
            count += 1;
            used = 0;
        }
        used += slots;
    }
    count
}

fn ucs2_slots(c: char) -> u32 {
    u32::from(c > '\u{FFFF}') + 1
}

/// The slots of a character of the GSM alphabet; `None` if it is not in it.
fn gsm_slots(c: char) -> Option<u32> {
    match ASCII.get(c as usize) {
        Some(slots) => *slots,
        None => alphabet(c),
    }
}

/// The slots of the ASCII characters, which most texts are made of.
static ASCII: [Option<u32>; 128] = {
    let (mut slots, mut byte) = ([None; 128], 0_u8);
    while byte < 128 {
        slots[byte as usize] = alphabet(byte as char);
        byte += 1;
    }
    slots
};

/// The alphabet as AWS prints it.
const fn alphabet(c: char) -> Option<u32> {
    match c {
        'A'..='Z' | 'a'..='z' | '0'..='9' | ' ' | '\n' | '\r' => Some(1),
        '&' | '*' | '@' | ':' | ',' | '$' | '=' | '!' | '>' | '#' | '-' | '(' | '<' | '%' | '.'
        | '+' | '?' | '"' | ')' | ';' | '\'' | '/' | '_' => Some(1),
        'à' | 'Å' | 'å' | 'Ä' | 'ä' | 'Ç' | 'É' | 'é' | 'è' | 'ì' | 'Ñ' | 'ñ' | 'ò' | 'Ø' | 'ø'
        | 'Ö' | 'ö' | 'ù' | 'Ü' | 'ü' | 'Æ' | 'æ' | 'ß' => Some(1),
        '¤' | '¡' | '¿' | '£' | '§' | '¥' | 'Δ' | 'Φ' | 'Γ' | 'Λ' | 'Ω' | 'Π' | 'Ψ' | 'Σ' | 'Θ'
        | 'Ξ' => Some(1),
        '^' | '{' | '}' | '\\' | '[' | ']' | '~' | '|' | '€' => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, count: u32, encoding: Encoding) {
        let parts = parts(body);
        assert_eq!((parts.count, parts.encoding), (count, encoding), "{body:?}");
    }

    #[test]
    fn plain_text_takes_160_slots_alone_and_153_in_company() {
        check(&"a".repeat(160), 1, Encoding::Gsm);
        check(&"a".repeat(161), 2, Encoding::Gsm);
        check(&"a".repeat(306), 2, Encoding::Gsm);
        check(&"a".repeat(307), 3, Encoding::Gsm);
        check(&"a".repeat(179), 2, Encoding::Gsm);
        check("", 1, Encoding::Gsm);
    }

    #[test]
    fn other_text_takes_70_slots_alone_and_67_in_company() {
        check(&"验".repeat(70), 1, Encoding::Ucs2);
        check(&"验".repeat(71), 2, Encoding::Ucs2);
        check(&"验".repeat(134), 2, Encoding::Ucs2);
        check(&"验".repeat(135), 3, Encoding::Ucs2);
    }

    #[test]
    fn one_curly_apostrophe_doubles_the_parts() {
        let straight = format!("it's {}", "a".repeat(125));
        check(&straight, 1, Encoding::Gsm);
        check(&straight.replace('\'', "\u{2019}"), 2, Encoding::Ucs2);
    }

    #[test]
    fn extension_characters_take_two_slots_and_are_not_split() {
        check(&"€".repeat(80), 1, Encoding::Gsm);
        check(&"€".repeat(81), 2, Encoding::Gsm);
        // 76 pairs fill 152 of 153 slots: the 77th begins the second part.
        check(&"€".repeat(152), 2, Encoding::Gsm);
        check(&"€".repeat(153), 3, Encoding::Gsm);
    }

    #[test]
    fn surrogate_pairs_are_not_split() {
        check(&"😀".repeat(35), 1, Encoding::Ucs2);
        check(&"😀".repeat(66), 2, Encoding::Ucs2);
        check(&"😀".repeat(67), 3, Encoding::Ucs2);
    }

    #[test]
    fn the_alphabet_is_the_one_that_aws_prints() {
        for c in ['`', 'ç', 'á', 'í', 'ó', 'ú', 'ã', '\t'] {
            check(&c.to_string(), 1, Encoding::Ucs2);
        }
        check("àéèùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡¿§", 1, Encoding::Gsm);
    }

    #[test]
    fn more_than_ten_parts_do_not_fit() {
        assert!(parts(&"a".repeat(1530)).fits());
        assert!(!parts(&"a".repeat(1531)).fits());
        assert!(parts(&"é".repeat(1530)).fits());
        assert!(parts(&"验".repeat(630)).fits());
        assert!(!parts(&"验".repeat(631)).fits());
    }
}
