//! A table of rows that keep their number while they live.
//!
//! **Invariant:** it grows to the most rows alive at one time, and no further.

/// Rows that keep their number while they live; numbers of ended rows are used again.
#[derive(Debug)]
pub struct Table<T> {
    rows: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), free: Vec::new() }
    }
}

impl<T> Table<T> {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A row, while it lives.
    #[must_use]
    pub fn get(&self, row: u32) -> Option<&T> {
        self.rows.get(row as usize)?.as_ref()
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, row: u32) -> Option<&mut T> {
        self.rows.get_mut(row as usize)?.as_mut()
    }

    /// Adds a row; gives its number.
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(row) = self.free.pop() {
            self.rows[row as usize] = Some(value);
            return row;
        }
        self.rows.push(Some(value));
        u32::try_from(self.rows.len() - 1).expect("fewer than four billion rows")
    }

    /// Ends a row.
    pub fn remove(&mut self, row: u32) -> Option<T> {
        let value = self.rows.get_mut(row as usize)?.take()?;
        self.free.push(row);
        Some(value)
    }

    /// The live rows' numbers, ordered by a key of their values.
    pub fn rows_by<K: Ord>(&self, key: impl Fn(&T) -> K) -> Vec<u32> {
        let live =
            (0_u32..).zip(&self.rows).filter_map(|(row, value)| Some((value.as_ref()?, row)));
        let mut rows: Vec<_> = live.map(|(value, row)| (key(value), row)).collect();
        rows.sort();
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// Takes every value out.
    pub fn drain(&mut self) -> Vec<T> {
        self.free.clear();
        self.rows.drain(..).flatten().collect()
    }
}
