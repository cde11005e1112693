//! What a mistyped name most likely means: typing errors are counted here for the whole part.

/// The longest name that is compared.
const LONGEST: usize = 64;
/// The most typing errors that are forgiven.
const ERRORS: usize = 2;

/// The shortest name in which two errors are forgiven: with fewer characters strangers are that near.
const LONG: usize = 14;

/// The host among these that differs from this one by one or two typing errors.
pub(super) fn meant<'a>(host: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let host = host.trim_end_matches('.').to_lowercase();
    if host.len() > LONGEST {
        return None;
    }
    let distances = known.map(|known| (distance(known, &host), known));
    distances
        .filter(|(distance, known)| *distance <= if known.len() < LONG { 1 } else { ERRORS })
        .min()
        .map(|(_, known)| known)
}

/// Typing errors between two texts: a character too many, too few, another, or two the wrong way round.
pub(super) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut previous = None;
    for c in one.chars() {
        let mut next = Vec::with_capacity(row.len());
        next.push(row.first().copied().unwrap_or_default() + 1);
        for (n, d) in other.iter().enumerate() {
            let at = |row: &[usize], n: usize| row.get(n).copied().unwrap_or(usize::MAX / 2);
            let mut least = (at(&row, n) + usize::from(c != *d))
                .min(at(&row, n + 1) + 1)
                .min(at(&next, n) + 1);
            let turned = n > 0 && previous == Some(*d) && other.get(n - 1) == Some(&c);
            if turned {
                least = least.min(at(&before, n - 1) + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
        previous = Some(c);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_whatever_its_kind() {
        assert_eq!((distance("", "ab"), distance("ab", "")), (2, 2));
        for near in ["stmp.a", "smtp.b", "smp.a", "smttp.a"] {
            assert_eq!(distance("smtp.a", near), 1, "{near}");
        }
    }
}
