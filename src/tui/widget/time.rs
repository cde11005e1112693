//! Time and size in few columns: countdowns, clock times in the person's zone, durations, octets.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use crate::mail::octets::size;

/// The time until something happens: `0:42`, `28m`, `3h51m`, `2d04h`, at zero `due`. Seconds round up, so it is never early.
pub fn countdown(left: Duration) -> String {
    if left.is_zero() {
        return "due".into();
    }
    span(left, true)
}

/// The time that something has lasted: `7s`, `4:10`, `28m`, `3h51m`, `2d04h`.
pub fn elapsed(spent: Duration) -> String {
    match spent.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        _ => span(spent, false),
    }
}

/// A life or an age, without seconds once it has minutes: `42s`, `38m`, `1h46m`, `2d04h`.
pub fn age(life: Duration) -> String {
    match life.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..600 => format!("{}m", seconds / 60),
        _ => span(life, false),
    }
}

fn span(time: Duration, round_up: bool) -> String {
    let seconds = time
        .as_secs()
        .saturating_add(u64::from(round_up && time.subsec_nanos() > 0));
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..600 => format!("{minutes}:{:02}", seconds % 60),
        600..3600 => format!("{minutes}m"),
        3600..86_400 => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{days}d{:02}h", hours % 24),
    }
}

/// The clock in the person's zone, to the second: `10:16:08`.
pub fn clock(at: Timestamp, zone: &TimeZone) -> String {
    let at = zone.to_datetime(at);
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// The clock in the person's zone, to the minute; with the date where it is not the day of `now`: `10:16`, `20 Nov 10:16`.
pub fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (then, today) = (zone.to_datetime(at), zone.to_datetime(now));
    let clock = format!("{:02}:{:02}", then.hour(), then.minute());
    if then.date() == today.date() {
        clock
    } else {
        format!("{} {clock}", day(at, zone))
    }
}

/// The clock to the second where it was today, else day and minute; never wider than twelve columns.
pub fn when(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    if zone.to_datetime(at).date() == zone.to_datetime(now).date() {
        clock(at, zone)
    } else {
        moment(at, now, zone)
    }
}

/// The day in the person's zone: `20 Nov`.
pub fn day(at: Timestamp, zone: &TimeZone) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let at = zone.to_datetime(at);
    let month = usize::from(at.month().unsigned_abs()).saturating_sub(1);
    format!("{} {}", at.day(), MONTHS.get(month).unwrap_or(&""))
}

/// How long an attempt took: `0.31 s`, `12.3 s`, `1m12s`.
pub fn took(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match time.as_secs() {
        0..10 => format!("{seconds:.2} s"),
        10..60 => format!("{seconds:.1} s"),
        whole @ 60..3600 => format!("{}m{:02}s", whole / 60, whole % 60),
        _ => span(time, false),
    }
}

/// How long a stage took: `12 ms`, `1.41 s`.
pub fn stage(time: Duration) -> String {
    if time.as_millis() < 1000 {
        format!("{} ms", time.as_millis())
    } else {
        took(time)
    }
}

/// How much of a content has gone out: `1.2 of 3.4 MB`.
pub fn part(sent: u64, whole: u64) -> String {
    let (sent, whole) = (size(sent.min(whole)), size(whole));
    match (sent.split_once(' '), whole.split_once(' ')) {
        (Some((number, unit)), Some((_, same))) if unit == same => format!("{number} of {whole}"),
        _ => format!("{sent} of {whole}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countdowns_are_short_and_never_negative() {
        let shown = |seconds| countdown(Duration::from_secs(seconds));
        let seconds = [0, 1, 42, 250, 599, 600, 1699, 3600, 13_899, 187_200];
        let words = [
            "due", "0:01", "0:42", "4:10", "9:59", "10m", "28m", "1h00m", "3h51m", "2d04h",
        ];
        for (seconds, word) in seconds.into_iter().zip(words) {
            assert_eq!(shown(seconds), word);
        }
        assert_eq!(countdown(Duration::from_millis(1)), "0:01");
        assert_eq!(countdown(Duration::MAX), "213503982334601d07h");
        assert_eq!(elapsed(Duration::from_millis(7900)), "7s");
        assert_eq!(age(Duration::from_secs(119)), "1m");
    }

    #[test]
    fn parts_and_durations() {
        assert_eq!(part(1_258_292, 3_565_158), "1.2 of 3.4 MB");
        assert_eq!(part(1024, 3_565_158), "1.0 KB of 3.4 MB");
        assert_eq!(part(9_999_999, 1024), "1.0 of 1.0 KB");
        let times = [3, 310, 1840, 12_340, 72_000].map(Duration::from_millis);
        assert_eq!(
            times.map(took),
            ["0.00 s", "0.31 s", "1.84 s", "12.3 s", "1m12s"]
        );
        assert_eq!(stage(Duration::from_millis(999)), "999 ms");
    }

    #[test]
    fn clock_times_are_the_persons() {
        let at: Timestamp = "2026-11-20T23:30:05Z".parse().expect("a time");
        let now: Timestamp = "2026-11-21T12:30:00Z".parse().expect("a time");
        assert_eq!(clock(at, &TimeZone::UTC), "23:30:05");
        assert_eq!(when(at, now, &TimeZone::UTC), "20 Nov 23:30");
        let east = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(
            (clock(at, &east), moment(at, now, &east)),
            ("00:30:05".into(), "00:30".into())
        );
        for edge in [Timestamp::MIN, Timestamp::MAX] {
            assert!(!when(edge, now, &east).is_empty());
        }
    }
}
