//! Tries addresses as RFC 8305 advises: the families by turns, a new start each 250 ms, and the first to connect wins.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until, timeout};

use super::resolve::took;
use super::tries::{Try, TryEnd};
use crate::mail::clean::Clean;
use crate::mail::outcome::Cause;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};

/// Between the starts of two tries (RFC 8305 §5).
const DELAY: Duration = Duration::from_millis(250);

/// The first connection, and the addresses that were not tried to the end.
#[derive(Debug)]
pub(super) struct Won<S> {
    pub(super) stream: S,
    pub(super) address: SocketAddr,
    pub(super) others: Vec<SocketAddr>,
}

/// The addresses, each once, with the families by turns; the family that the resolver put first begins (RFC 8305 §4).
pub(super) fn by_turns(addresses: impl IntoIterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let (mut first, mut second) = (VecDeque::new(), VecDeque::new());
    for address in addresses {
        let like_first = first
            .front()
            .is_none_or(|one: &SocketAddr| one.is_ipv6() == address.is_ipv6());
        let row = if like_first { &mut first } else { &mut second };
        if !row.contains(&address) {
            row.push_back(address);
        }
    }
    let mut all = Vec::with_capacity(first.len() + second.len());
    while !first.is_empty() || !second.is_empty() {
        all.extend(first.pop_front());
        all.extend(second.pop_front());
    }
    all
}

/// Connects to the first address that lets us, each try within the limit. How each went is in the transcript and in `tries`.
///
/// # Errors
/// The first cause that tells something about the server, else the first of all; `None` where there was no address.
pub(super) async fn race<S, F>(
    addresses: Vec<SocketAddr>,
    limit: Duration,
    connect: impl Fn(SocketAddr) -> F,
    transcript: &Transcript,
    tries: &mut Vec<Try>,
) -> Result<Won<S>, Option<Cause>>
where
    F: Future<Output = io::Result<S>>,
{
    let mut waiting = VecDeque::from(addresses);
    let mut running = FuturesUnordered::new();
    let mut starts: Vec<(SocketAddr, Instant)> = Vec::new();
    let mut told: Option<(Cause, bool)> = None;
    let mut next = Instant::now();
    loop {
        if (running.is_empty() || next <= Instant::now())
            && let Some(address) = waiting.pop_front()
        {
            let try_one = timeout(limit, connect(address));
            running.push(async move { (address, try_one.await) });
            starts.push((address, Instant::now()));
            next = Instant::now() + DELAY;
        }
        if running.is_empty() {
            return Err(told.map(|(cause, _)| cause));
        }
        tokio::select! {
            biased;
            Some((address, result)) = running.next() => {
                let at = starts.iter().position(|(one, _)| *one == address);
                let begun = at.map_or_else(Instant::now, |at| starts.remove(at).1);
                let (cause, telling) = match result {
                    Ok(Ok(stream)) => {
                        let text = format!("connected to {address} ({})", took(begun));
                        transcript.push(Stage::Connect, By::Note, text);
                        tries.push(Try::new(address, begun, TryEnd::Connected));
                        let slower = |(one, begun): &(_, _)| Try::new(*one, *begun, TryEnd::GivenUp);
                        tries.extend(starts.iter().map(slower));
                        let others = waiting.into_iter().chain(left_behind(&starts, address, transcript));
                        return Ok(Won { stream, address, others: others.collect() });
                    }
                    Ok(Err(error)) => cause_of(&error, address),
                    Err(_) => (Cause::TimedOut(limit), true),
                };
                note(address, &cause, begun, transcript);
                tries.push(Try::new(address, begun, TryEnd::Failed(cause.clone())));
                if told.as_ref().is_none_or(|(_, before)| telling && !before) {
                    told = Some((cause, telling));
                }
                // Nobody waits for the next start when a try has failed (RFC 8305 §5).
                next = Instant::now();
            }
            () = sleep_until(next), if !waiting.is_empty() => {}
        }
    }
}

/// Writes down what became of the tries that were still under way; their addresses.
fn left_behind<'a>(
    starts: &'a [(SocketAddr, Instant)],
    winner: SocketAddr,
    transcript: &'a Transcript,
) -> impl Iterator<Item = SocketAddr> + 'a {
    starts.iter().map(move |(address, begun)| {
        let text = format!(
            "{address}: given up, {winner} was quicker ({})",
            took(*begun)
        );
        transcript.push(Stage::Connect, By::Note, text);
        *address
    })
}

fn note(address: SocketAddr, cause: &Cause, begun: Instant, transcript: &Transcript) {
    let text = match cause {
        Cause::TimedOut(_) => format!("{address}: {cause}"),
        Cause::Closed => format!("{address}: {cause} ({})", took(begun)),
        _ => format!("{cause} ({})", took(begun)),
    };
    transcript.push(Stage::Connect, By::Note, text);
}

/// The cause, and whether it tells something about the server rather than about our routes.
fn cause_of(error: &io::Error, address: SocketAddr) -> (Cause, bool) {
    let words = match error.kind() {
        // It let us in and threw us out before we had looked.
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
            return (Cause::Closed, true);
        }
        io::ErrorKind::ConnectionRefused => format!("connection refused by {address}"),
        _ => format!("{address}: {error}"),
    };
    let telling = !matches!(
        error.kind(),
        io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::AddrNotAvailable
    );
    (Cause::Io(Clean::from(words)), telling)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::sleep;

    use super::*;
    use crate::mail::clock::SystemClock;

    const LIMIT: Duration = Duration::from_secs(30);

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    /// After so long, connected (`Ok`) or failed.
    type Plan = (u64, Result<(), io::ErrorKind>);

    /// Runs a race in which each address has a plan; who won or why nobody did, the others, the seconds, and the lines.
    async fn run(plans: &[(&str, Plan)]) -> (Result<Won<()>, Option<Cause>>, Duration, String) {
        let transcript = Transcript::new(Arc::new(SystemClock::new()));
        let plan_of = |wanted: SocketAddr| {
            let mut plans = plans.iter();
            let (_, plan) = plans
                .find(|(text, _)| address(text) == wanted)
                .expect("known");
            *plan
        };
        let connect = |wanted| {
            let (after, result) = plan_of(wanted);
            async move {
                sleep(Duration::from_millis(after)).await;
                result.map_err(io::Error::from)
            }
        };
        let all = by_turns(plans.iter().map(|(text, _)| address(text)));
        let begun = Instant::now();
        let result = race(all, LIMIT, connect, &transcript, &mut Vec::new()).await;
        let lines = transcript.lines();
        let lines: Vec<_> = lines.iter().map(|line| line.text.to_string()).collect();
        (result, begun.elapsed(), lines.join("\n"))
    }

    #[test]
    fn families_go_by_turns_and_doubles_go_out() {
        let order = |list: &[&str]| by_turns(list.iter().map(|text| address(text)));
        let (six, seven) = (address("[2001:db8::6]:25"), address("[2001:db8::7]:25"));
        let (four, five) = (address("192.0.2.4:25"), address("192.0.2.5:25"));
        let mixed = [
            "[2001:db8::6]:25",
            "[2001:db8::7]:25",
            "[2001:db8::6]:25",
            "192.0.2.4:25",
            "192.0.2.5:25",
        ];
        assert_eq!(order(&mixed), [six, four, seven, five]);
        assert_eq!(order(&["192.0.2.4:25", "[2001:db8::6]:25"]), [four, six]);
        assert_eq!(order(&["192.0.2.4:25", "192.0.2.5:25"]), [four, five]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_first_address_costs_a_quarter_of_a_second() {
        let (won, took, lines) = run(&[
            ("[2001:db8::1]:25", (3_600_000, Ok(()))),
            ("192.0.2.1:25", (10, Ok(()))),
            ("192.0.2.2:25", (10, Ok(()))),
        ])
        .await;
        let won = won.expect("one is there");
        assert_eq!(won.address, address("192.0.2.1:25"));
        assert_eq!(
            won.others,
            [address("192.0.2.2:25"), address("[2001:db8::1]:25")]
        );
        assert_eq!(took.as_millis(), 260);
        assert!(
            lines.contains("connected to 192.0.2.1:25 (10 ms)"),
            "{lines}"
        );
        assert!(
            lines.contains("[2001:db8::1]:25: given up, 192.0.2.1:25 was quicker (260 ms)"),
            "{lines}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_preferred_one_wins_when_it_answers_in_time() {
        let (won, took, _) = run(&[
            ("[2001:db8::1]:25", (300, Ok(()))),
            ("192.0.2.1:25", (200, Ok(()))),
        ])
        .await;
        assert_eq!(won.expect("both").address, address("[2001:db8::1]:25"));
        assert_eq!(took.as_millis(), 300);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_starts_the_next_at_once() {
        let refused = Err(io::ErrorKind::ConnectionRefused);
        let (won, took, lines) = run(&[
            ("[2001:db8::1]:25", (5, refused)),
            ("192.0.2.1:25", (5, Ok(()))),
        ])
        .await;
        assert!(won.expect("one").others.is_empty());
        assert_eq!(took.as_millis(), 10);
        assert!(
            lines.starts_with("connection refused by [2001:db8::1]:25 (5 ms)"),
            "{lines}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_reason_is_the_first_that_tells_of_the_server() {
        let no_route = Err(io::ErrorKind::NetworkUnreachable);
        let refused = Err(io::ErrorKind::ConnectionRefused);
        let (lost, _, lines) = run(&[
            ("[2001:db8::1]:25", (0, no_route)),
            ("192.0.2.1:25", (5, refused)),
            ("192.0.2.2:25", (3_600_000, Ok(()))),
        ])
        .await;
        let cause = lost.expect_err("nobody").expect("a cause");
        assert_eq!(cause.to_string(), "connection refused by 192.0.2.1:25");
        assert!(
            lines.ends_with("192.0.2.2:25: no answer for 30 s"),
            "{lines}"
        );
        let nobody = run(&[]).await.0.expect_err("nobody");
        assert_eq!(nobody, None);
    }
}
