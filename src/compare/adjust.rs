//! Many lines at once: the procedure of Y. Benjamini and Y. Hochberg (1995), with weights.
//!
//! The weights are those of C. Genovese, K. Roeder and L. Wasserman (2006): each family of lines has a share
//! of the promise, whatever the number of its lines, so sixty countries' latencies do not drown a drop of
//! conversion. If nothing has changed, the probability of any false alarm is meant to stay below `alpha`.

/// One line's claim to be news.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Claim {
    /// The probability if nothing had changed.
    pub p: f64,
    /// The family that it belongs to.
    pub family: usize,
}

/// The adjusted probabilities, in the order of the claims: those up to `alpha` are news. `shares` says how
/// much of the promise each family has, all together at most 1; what is left over is kept.
#[must_use]
pub fn adjusted(claims: &[Claim], shares: &[f64]) -> Vec<f64> {
    let weights = weights(claims, shares);
    let weighted: Vec<f64> =
        claims.iter().zip(&weights).map(|(claim, weight)| claim.p / weight).collect();
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by(|a, b| weighted[*b].total_cmp(&weighted[*a]));
    let (mut adjusted, mut least) = (vec![1.0; claims.len()], 1.0_f64);
    for (place, claim) in order.into_iter().enumerate() {
        let rank = claims.len() - place;
        least = least.min(weighted[claim] * claims.len() as f64 / rank as f64);
        adjusted[claim] = least;
    }
    adjusted
}

/// One weight per claim, at most one on average.
fn weights(claims: &[Claim], shares: &[f64]) -> Vec<f64> {
    let mut sizes = vec![0.0; shares.len()];
    claims.iter().for_each(|claim| sizes[claim.family] += 1.0);
    let all = claims.len() as f64;
    let weight = |claim: &Claim| shares[claim.family] * all / sizes[claim.family];
    claims.iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(list: &[(f64, usize)]) -> Vec<Claim> {
        list.iter().map(|(p, family)| Claim { p: *p, family: *family }).collect()
    }

    #[test]
    fn with_one_family_it_is_the_procedure_of_the_paper() {
        // The fifteen probabilities of Benjamini and Hochberg's own example: four are news at 5 %.
        let p = [
            0.000_1, 0.000_4, 0.001_9, 0.009_5, 0.020_1, 0.027_8, 0.029_8, 0.034_4, 0.045_9, 0.324,
            0.426_2, 0.571_9, 0.652_8, 0.759, 1.0,
        ];
        let adjusted = adjusted(&claims(&p.map(|p| (p, 0))), &[1.0]);
        assert_eq!(adjusted.iter().filter(|p| **p <= 0.05).count(), 4);
        assert!((adjusted[0] - 0.001_5).abs() < 1e-12 && (adjusted[1] - 0.003).abs() < 1e-12);
        assert!(adjusted.is_sorted());
    }

    #[test]
    fn a_large_family_does_not_drown_a_small_one() {
        let mut list = vec![(0.001, 0)];
        list.extend(vec![(0.5, 1); 999]);
        let adjusted = adjusted(&claims(&list), &[0.5, 0.5]);
        assert!((adjusted[0] - 0.002).abs() < 1e-12, "{}", adjusted[0]);
    }

    #[test]
    fn what_is_promised_to_nobody_is_kept() {
        let adjusted = adjusted(&claims(&[(0.004, 1), (0.8, 1)]), &[0.3, 0.5]);
        assert!((adjusted[0] - 0.016).abs() < 1e-12, "{adjusted:?}");
        assert!((adjusted[1] - 1.0).abs() < 1e-12, "{adjusted:?}");
        assert!(super::adjusted(&[], &[1.0]).is_empty());
    }
}
