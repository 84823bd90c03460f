//! Fewer points for the same picture: each column of it keeps its lowest and its highest value.

/// Neighbouring points: (place in the original values, value).
pub(super) type Run = Vec<(f64, f64)>;

/// The points of a line, in runs between which there is nothing. No extreme is lost; a gap narrower than a
/// column is.
pub(super) fn line(values: &[Option<f64>], columns: usize) -> Vec<Run> {
    let each = width(values.len(), columns);
    let points = values.chunks(each).enumerate().map(|(nth, column)| extremes(column, nth * each));
    runs(points)
}

/// How many values go into a column.
pub(super) fn width(values: usize, columns: usize) -> usize {
    // With up to two values per column, two points per column spare nothing.
    if values <= 2 * columns { 1 } else { values.div_ceil(columns) }
}

fn runs(columns: impl Iterator<Item = Run>) -> Vec<Run> {
    let mut runs: Vec<Run> = vec![Vec::new()];
    for column in columns {
        let last = runs.last_mut().expect("there is one from the start");
        if !column.is_empty() {
            last.extend(column);
        } else if !last.is_empty() {
            runs.push(Vec::new());
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// The lowest and the highest value of a column, in their order.
fn extremes(column: &[Option<f64>], first: usize) -> Run {
    let there = column
        .iter()
        .enumerate()
        .filter_map(|(nth, value)| Some(((first + nth) as f64, (*value)?)));
    let there = there.filter(|(_, value)| value.is_finite());
    let lowest = there.clone().min_by(|a, b| a.1.total_cmp(&b.1));
    let highest = there.max_by(|a, b| a.1.total_cmp(&b.1));
    let mut both: Run = [lowest, highest].into_iter().flatten().collect();
    both.sort_by(|a, b| a.0.total_cmp(&b.0));
    both.dedup();
    both
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_of_one_value_among_a_million_is_kept() {
        let mut values = vec![Some(1.0); 1_000_000];
        values[777_777] = Some(99.0);
        values[123_456] = Some(-3.0);
        let runs = line(&values, 600);
        assert_eq!(runs.len(), 1);
        assert!(runs[0].contains(&(777_777.0, 99.0)) && runs[0].contains(&(123_456.0, -3.0)));
        assert!(runs[0].len() <= 1_200);
        assert!(runs[0].is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn few_values_are_all_kept() {
        let values = [1.0, 5.0, 2.0, 2.0].map(Some);
        assert_eq!(line(&values, 600), [[(0.0, 1.0), (1.0, 5.0), (2.0, 2.0), (3.0, 2.0)]]);
    }

    #[test]
    fn what_is_absent_parts_the_line() {
        let values = [None, Some(1.0), None, None, Some(2.0), Some(3.0), Some(f64::NAN)];
        assert_eq!(line(&values, 600), [vec![(1.0, 1.0)], vec![(4.0, 2.0), (5.0, 3.0)]]);
        assert!(line(&[None, None], 600).is_empty());
        assert!(line(&[], 600).is_empty());
    }
}
