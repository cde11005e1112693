//! Values on a command line of swaks.

use crate::mail::address::{Address, AddressError};
use crate::mail::period::Period;

/// The words of a whole XCLIENT command, whose values are written as xtext (RFC 3461 §4).
pub(super) fn unescaped(text: &str) -> String {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|_| *first == b'+');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let octet = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        octets.push(octet.unwrap_or(*first));
        rest = match octet {
            Some(_) => behind.get(2..).unwrap_or_default(),
            None => behind,
        };
    }
    String::from_utf8_lossy(&octets).into_owned()
}

/// A port, by its number or the name of its service.
pub(super) fn port(text: &str) -> Result<u16, String> {
    match text.to_ascii_lowercase().as_str() {
        "smtp" => return Ok(25),
        "submission" => return Ok(587),
        "smtps" | "submissions" => return Ok(465),
        _ => {}
    }
    let port = text.parse::<u16>().ok().filter(|port| *port > 0);
    port.ok_or_else(|| "a number from 1 to 65535 is expected".to_owned())
}

/// `30`, `30s`, `5m`, `1h`; nothing for no limit.
pub(super) fn timeout(text: &str) -> Result<Option<std::time::Duration>, String> {
    let text = text.trim();
    let seconds = text.parse::<u64>().map(std::time::Duration::from_secs);
    let time = seconds.or_else(|_| text.parse::<Period>().map(|period| period.0));
    let time = time.map_err(|_| "a time is expected, such as 30s".to_owned())?;
    Ok((!time.is_zero()).then_some(time))
}

/// A list with commas, of which those in quotes separate nothing.
pub(super) fn listed(text: &str) -> Vec<String> {
    let (mut list, mut one) = (Vec::new(), String::new());
    let (mut quoted, mut escaped) = (false, false);
    for sign in text.chars() {
        match sign {
            ',' if !quoted => list.push(std::mem::take(&mut one)),
            _ => {
                quoted ^= sign == '"' && !escaped;
                escaped = sign == '\\' && !escaped;
                one.push(sign);
            }
        }
    }
    list.push(one);
    list.retain(|one| !one.trim().is_empty());
    list
}

/// An address, with or without angle brackets.
pub(super) fn address(text: &str) -> Result<Address, String> {
    let text = text.trim();
    let bare = text
        .strip_prefix('<')
        .and_then(|text| text.strip_suffix('>'));
    bare.unwrap_or(text)
        .parse()
        .map_err(|error: AddressError| error.to_string())
}
