//! Lists of `tag=value;` pairs, as the records of DKIM, DMARC and their relatives have them (RFC 6376 §3.2).

/// The value of a tag, without the white space around it; the first where there are several.
pub(super) fn tag<'a>(record: &'a str, name: &str) -> Option<&'a str> {
    let pairs = record.split(';').filter_map(|pair| pair.split_once('='));
    let mut pairs = pairs.map(|(name, value)| (name.trim(), value.trim()));
    pairs
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// Whether a record is of this version, which has to stand in front.
pub(super) fn is_version(record: &str, version: &str) -> bool {
    let first = record.split(';').next().unwrap_or_default();
    first
        .split_once('=')
        .is_some_and(|(name, value)| name.trim() == "v" && value.trim() == version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_whatever_stands_around_them() {
        let record = "v=DMARC1; p = reject ;;sp=none; rua=mailto:a=b@example.org";
        assert!(is_version(record, "DMARC1"));
        assert!(!is_version("p=reject; v=DMARC1", "DMARC1"));
        assert!(!is_version("", "DMARC1"));
        assert_eq!(tag(record, "p"), Some("reject"));
        assert_eq!(tag(record, "rua"), Some("mailto:a=b@example.org"));
        assert_eq!(tag(record, "pct"), None);
    }
}
