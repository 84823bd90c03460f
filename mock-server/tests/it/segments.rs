//! How many parts a text takes: AWS's documented cases, and a table counted by another program.

use crate::caller::{BR, send};
use serde::Deserialize;
use sms_voice_mock::service::{
    SendText, Service,
    segments::{Encoding, parts},
    time::SimTime,
};

/// The table that `segments.py` writes.
const TABLE: &str = include_str!("segments.jsonl");

#[derive(Deserialize)]
struct Row {
    /// Runs: what is repeated, and how often.
    text: Vec<(String, usize)>,
    encoding: String,
    slots: u32,
    parts: u32,
}

impl Row {
    fn text(&self) -> String {
        self.text.iter().map(|(piece, times)| piece.repeat(*times)).collect()
    }
}

fn rows() -> Vec<Row> {
    TABLE.lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
}

fn name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Gsm => "GSM",
        Encoding::Ucs2 => "UCS2",
    }
}

#[test]
fn another_program_counts_the_same_parts_of_200_texts() {
    let rows = rows();
    assert_eq!(rows.len(), 200);
    for (row, line) in rows.iter().zip(TABLE.lines()) {
        let counted = parts(&row.text());
        let counted = (name(counted.encoding), counted.slots, counted.count);
        assert_eq!(counted, (row.encoding.as_str(), row.slots, row.parts), "{line}");
    }
}

#[test]
fn the_table_has_texts_on_both_sides_of_every_border() {
    let rows = rows();
    for (encoding, borders) in [("GSM", [160, 306, 459, 612]), ("UCS2", [70, 134, 201, 268])] {
        for border in borders {
            for slots in border - 1..=border + 1 {
                let found = rows.iter().any(|row| row.encoding == encoding && row.slots == slots);
                assert!(found, "no {encoding} text of {slots} slots");
            }
        }
    }
    // In these a part holds one slot less than it could, and that costs another part.
    let lossy = rows.iter().filter(|row| {
        let (alone, each) = if row.encoding == "GSM" { (160, 153) } else { (70, 67) };
        row.slots > alone && row.slots.div_ceil(each) < row.parts
    });
    assert!(lossy.count() >= 10);
}

/// What a message that says this is accepted with.
#[track_caller]
fn check_sent(text: &str, characters: usize, expected: u8) {
    assert_eq!(text.chars().count(), characters, "{text}");
    let mut service = Service::default();
    let id = send(&mut service, SimTime::ZERO, &SendText::new(BR, text));
    let message = service.message(SimTime::ZERO, id).expect("just sent");
    assert_eq!(message.parts, expected, "{text}");
}

#[test]
fn a_plain_text_of_179_characters_takes_two_parts() {
    let text = "Dear Marta, your balance is below $100. Add money before Friday and we add $10 to it. \
        Questions? Reply HELP or call us on any day between 9 and 5. No more texts? Reply STOP today.";
    check_sent(&text[..160], 160, 1);
    check_sent(text, 179, 2);
}

#[test]
fn a_chinese_text_of_71_characters_takes_two_parts() {
    let sentence = "您好，您的验证码已经发出，请在五分钟之内填写，切勿告诉他人。";
    let text: String = sentence.chars().cycle().take(71).collect();
    check_sent(&text, 71, 2);
    check_sent(&text.chars().take(70).collect::<String>(), 70, 1);
}

#[test]
fn a_curly_apostrophe_in_130_characters_takes_a_second_part_and_a_straight_one_does_not() {
    let curly = "We couldn\u{2019}t sign you in: the code you typed is not the one that we sent. \
        Ask for another one in the app and use it in ten minutes";
    let (curly, straight) =
        (format!("{curly:.<130}"), format!("{curly:.<130}").replace('\u{2019}', "'"));
    check_sent(&curly, 130, 2);
    check_sent(&straight, 130, 1);
}
