//! Sizes for people.

/// Octets, in units of 1024: `512 B`, `1.2 KB`, `48 KB`, `3.4 MB`.
#[must_use]
pub fn size(octets: u64) -> String {
    const UNITS: [&str; 6] = ["KB", "MB", "GB", "TB", "PB", "EB"];
    if octets < 1024 {
        return format!("{octets} B");
    }
    let tenths_of = |one: u128| (u128::from(octets) * 10 + one / 2) / one;
    let (mut one, mut unit) = (1024_u128, 0);
    while tenths_of(one) >= 10_240 && unit + 1 < UNITS.len() {
        one *= 1024;
        unit += 1;
    }
    let tenths = tenths_of(one);
    let name = UNITS.get(unit).unwrap_or(&"");
    if tenths < 100 {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", tenths / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let sizes = [0, 1023, 1024, 49_152, 3_565_158, u64::MAX].map(size);
        assert_eq!(
            sizes,
            ["0 B", "1023 B", "1.0 KB", "48 KB", "3.4 MB", "16 EB"]
        );
    }
}
