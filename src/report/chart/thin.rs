//! Fewer points for the same picture: each column of it keeps its lowest and its highest value.

/// The values of neighbouring intervals that fall into one column of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Column {
    /// Its middle, counted in intervals.
    pub(super) at: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// The columns between `low` and `high`, in runs between which there is nothing. No extreme is lost; a gap
/// narrower than a column is.
pub(super) fn runs(low: &[Option<f64>], high: &[Option<f64>], most: usize) -> Vec<Vec<Column>> {
    let each = width(high.len(), most);
    let pairs: Vec<_> = low.iter().zip(high).map(|(low, high)| low.zip(*high)).collect();
    let columns = pairs.chunks(each).enumerate().map(|(nth, pairs)| column(nth * each, pairs));
    let columns: Vec<Option<Column>> = columns.collect();
    let runs = columns.split(Option::is_none).filter(|run| !run.is_empty());
    runs.map(|run| run.iter().flatten().copied().collect()).collect()
}

/// How many values go into a column.
pub(super) fn width(values: usize, most: usize) -> usize {
    values.div_ceil(most).max(1)
}

fn column(first: usize, pairs: &[Option<(f64, f64)>]) -> Option<Column> {
    let there = pairs.iter().flatten().filter(|(low, high)| low.is_finite() && high.is_finite());
    let low = there.clone().map(|(low, _)| *low).min_by(f64::total_cmp)?;
    let high = there.map(|(_, high)| *high).max_by(f64::total_cmp)?;
    Some(Column { at: first as f64 + pairs.len() as f64 / 2.0, low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_of_one_value_among_a_million_is_kept() {
        let mut values = vec![Some(1.0); 1_000_000];
        values[777_777] = Some(99.0);
        values[123_456] = Some(-3.0);
        let runs = runs(&values, &values, 600);
        assert_eq!(runs.len(), 1);
        assert!(runs[0].len() <= 600);
        let highest = runs[0].iter().find(|column| column.high > 98.0).expect("the spike");
        assert!((highest.at - 777_777.0).abs() < 1_000_000.0 / 600.0);
        assert!(runs[0].iter().any(|column| column.low < -2.0));
    }

    #[test]
    fn few_values_are_all_kept() {
        let values = [1.0, 5.0, 2.0].map(Some);
        let column = |at, value| Column { at, low: value, high: value };
        assert_eq!(
            runs(&values, &values, 600),
            [[column(0.5, 1.0), column(1.5, 5.0), column(2.5, 2.0)]]
        );
    }

    #[test]
    fn what_is_absent_parts_the_line() {
        let values = [None, Some(1.0), None, None, Some(2.0), Some(3.0), Some(f64::NAN)];
        let lengths: Vec<usize> = runs(&values, &values, 600).iter().map(Vec::len).collect();
        assert_eq!(lengths, [1, 2]);
        assert!(runs(&[None, None], &[None, None], 600).is_empty());
        assert!(runs(&[], &[], 600).is_empty());
    }
}
