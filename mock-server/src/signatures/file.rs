//! Access keys from a file in the form of AWS's shared credentials file.
//!
//! **Invariant:** an error names a line and what is allowed there, and nothing of what it found.

use super::{AccessKeys, same};
use std::{collections::BTreeSet, fmt, mem};

/// Why a text gives no access keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeysError {
    /// The line, counted from 1; `None` for what is wrong with the whole.
    pub line: Option<usize>,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// It is none of the lines that there are.
    #[error("is none of `[profile]`, `key = value` and `# comment`")]
    Form,
    /// A key stands before the first profile.
    #[error("must be below a `[profile]`")]
    Nowhere,
    /// A key comes again.
    #[error("gives a key again that this profile has already")]
    KeyTwice,
    /// A profile comes again.
    #[error("begins a profile that is there already")]
    ProfileTwice,
    /// A key that looks like one of ours, and is not.
    #[error(
        "gives an unknown key: of those that begin with `aws_`, there are `aws_access_key_id`, \
        `aws_secret_access_key`, `aws_session_token` and `aws_account_id`"
    )]
    UnknownKey,
    /// An id is not of the form of ids.
    #[error("gives an access key id that is not 1 to 128 letters, digits and underscores")]
    Id,
    /// A secret or a token is empty, or has a character that cannot be.
    #[error(
        "gives a secret or a token that is not 1 or more printable ASCII characters without spaces"
    )]
    Secret,
    /// A part of a key is missing.
    #[error(
        "begins a profile with a part of a key: it must have `aws_access_key_id` and `aws_secret_access_key`"
    )]
    Part,
    /// Two profiles do not agree about a key.
    #[error("begins a profile whose access key another profile has, with another secret or token")]
    Disagree,
    /// There is no key at all.
    #[error(
        "no profile has an access key: it must have `aws_access_key_id` and `aws_secret_access_key`"
    )]
    None,
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line} ")?;
        }
        self.wrong.fmt(f)
    }
}

impl std::error::Error for KeysError {}

/// What of a profile has been read so far.
#[derive(Default)]
struct Profile<'a> {
    /// The line it begins at; 0 before the first.
    line: usize,
    keys: BTreeSet<String>,
    id: Option<&'a str>,
    secret: Option<&'a str>,
    token: Option<&'a str>,
}

pub(super) fn read(text: &str) -> Result<AccessKeys, KeysError> {
    let mut keys = AccessKeys::default();
    let mut names = BTreeSet::new();
    let mut profile = Profile::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in (1..).zip(text.lines()) {
        let refuse = |wrong| KeysError { line: Some(number), wrong };
        let line = without_comment(line.trim());
        if line.is_empty() {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let name = name.strip_suffix(']').map(str::trim).filter(|name| !name.is_empty());
            if !names.insert(name.ok_or(refuse(Wrong::Form))?) {
                return Err(refuse(Wrong::ProfileTwice));
            }
            let begun = Profile { line: number, ..Profile::default() };
            keys = mem::replace(&mut profile, begun).close(keys)?;
        } else {
            let (key, value) = line.split_once('=').ok_or(refuse(Wrong::Form))?;
            profile.set(key.trim(), value.trim()).map_err(refuse)?;
        }
    }
    keys = profile.close(keys)?;
    if keys.is_empty() {
        return Err(KeysError { line: None, wrong: Wrong::None });
    }
    Ok(keys)
}

/// A line up to its comment, which begins it or stands after a space.
fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    for (place, character) in line.char_indices() {
        if matches!(character, '#' | ';') && before.is_whitespace() {
            return line[..place].trim_end();
        }
        before = character;
    }
    line
}

impl<'a> Profile<'a> {
    fn set(&mut self, key: &str, value: &'a str) -> Result<(), Wrong> {
        if self.line == 0 {
            return Err(Wrong::Nowhere);
        }
        let key = key.to_ascii_lowercase();
        let printable = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic());
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        match key.as_str() {
            "aws_access_key_id" => {
                if !((1..=128).contains(&value.len()) && value.bytes().all(word)) {
                    return Err(Wrong::Id);
                }
                self.id = Some(value);
            }
            "aws_secret_access_key" | "aws_session_token" if !printable => {
                return Err(Wrong::Secret);
            }
            "aws_secret_access_key" => self.secret = Some(value),
            "aws_session_token" => self.token = Some(value),
            "aws_account_id" => {}
            other if other.starts_with("aws_") => return Err(Wrong::UnknownKey),
            // Regions, roles, and what else SDKs read there.
            _ => return Ok(()),
        }
        if self.keys.insert(key) { Ok(()) } else { Err(Wrong::KeyTwice) }
    }

    /// Adds what was read to the keys.
    fn close(self, keys: AccessKeys) -> Result<AccessKeys, KeysError> {
        let refuse = |wrong| KeysError { line: Some(self.line), wrong };
        let (id, secret) = match (self.id, self.secret, self.token) {
            (Some(id), Some(secret), _) => (id, secret),
            (None, None, None) => return Ok(keys),
            _ => return Err(refuse(Wrong::Part)),
        };
        if let Some(other) = keys.known.get(id) {
            let token = other.session_token().unwrap_or_default();
            let agrees = same(other.secret_access_key(), secret)
                && same(token, self.token.unwrap_or_default());
            return if agrees { Ok(keys) } else { Err(refuse(Wrong::Disagree)) };
        }
        Ok(match self.token {
            Some(token) => keys.with_session(id, secret, token),
            None => keys.with(id, secret),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = s3cr3t/+=";

    #[test]
    fn a_file_as_the_sdks_read_it_gives_its_keys() {
        let text = format!(
            "\u{feff}# of the team\n\n[default] ; mine\n{KEY}\nregion = eu-west-1\n\n[alias]\r\n\
             {KEY}\n[role]\nrole_arn = arn:aws:iam::123456789012:role/x\n[temporary]\n  \
             AWS_ACCESS_KEY_ID=ASIDEXAMPLE\n  aws_secret_access_key=other # not mine\n\
             aws_session_token = token#=\naws_account_id = 123456789012\n"
        );
        let keys = read(&text).expect("keys");
        let found: Vec<_> = keys
            .known
            .values()
            .map(|key| (key.access_key_id(), key.secret_access_key(), key.session_token()))
            .collect();
        let wanted =
            [("AKIDEXAMPLE", "s3cr3t/+=", None), ("ASIDEXAMPLE", "other", Some("token#="))];
        assert_eq!(found, wanted);
    }

    #[track_caller]
    fn check_refused(text: &str, line: Option<usize>, wrong: Wrong) {
        let error = read(text).expect_err("the file should be refused");
        assert_eq!(error, KeysError { line, wrong });
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
    }

    #[test]
    fn a_file_is_refused_by_line_without_a_word_of_what_it_holds() {
        check_refused("", None, Wrong::None);
        check_refused("[default]\nregion = us-east-1", None, Wrong::None);
        check_refused("s3cr3t", Some(1), Wrong::Form);
        check_refused("[default", Some(1), Wrong::Form);
        check_refused("[ ]", Some(1), Wrong::Form);
        check_refused(KEY, Some(1), Wrong::Nowhere);
        check_refused(&format!("[a]\n{KEY}\n{KEY}"), Some(4), Wrong::KeyTwice);
        check_refused(&format!("[a]\n{KEY}\n[a]\n{KEY}"), Some(4), Wrong::ProfileTwice);
        check_refused("[a]\naws_session_tokn = s3cr3t", Some(2), Wrong::UnknownKey);
        check_refused("[a]\naws_access_key_id = s3cr3t/", Some(2), Wrong::Id);
        check_refused("[a]\naws_access_key_id =", Some(2), Wrong::Id);
        check_refused("[a]\naws_secret_access_key = s3cr3t two", Some(2), Wrong::Secret);
        check_refused("[a]\naws_session_token =", Some(2), Wrong::Secret);
        check_refused("\n[a]\naws_secret_access_key = s3cr3t", Some(2), Wrong::Part);
        check_refused("[a]\naws_access_key_id = A\n[b]", Some(1), Wrong::Part);
        let other = "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = s3cr3t";
        check_refused(&format!("[a]\n{KEY}\n[b]\n{other}"), Some(4), Wrong::Disagree);
    }
}
