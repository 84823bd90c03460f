//! What is wrong with a file: all of it at once.

/// Problems found so far, each under the dotted path of its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    found: Vec<(String, String)>,
}

impl Problems {
    /// Notes that what stands at `path` is wrong: `message` continues a sentence that begins with
    /// the key and its value, as in "must be between 0 and 1".
    pub fn add(&mut self, path: &str, message: impl Into<String>) {
        self.found.push((path.to_owned(), message.into()));
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Every problem: its path and what is wrong.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.found
            .iter()
            .map(|(path, message)| (path.as_str(), message.as_str()))
    }
}
