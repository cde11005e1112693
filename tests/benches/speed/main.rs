//! The benchmarks: our figure beside a peer's in the same run, behind a delaying proxy and a sink of their own.
//!
//! `cargo bench --bench speed` runs all; behind `--` come `--quick` for a short run and words that pick benchmarks by name.
#![expect(
    clippy::expect_used,
    reason = "a benchmark may stop at the first surprise"
)]

mod delay;
mod floor;
mod hostile;
mod ours;
mod peers;
#[path = "../../real_servers/postfix.rs"]
#[expect(dead_code, reason = "its tests ask for more than the benchmark")]
mod postfix;
mod price;
mod probe;
mod quick;
mod server;
mod sink;
mod spool;
mod suite;
mod table;
mod whole;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        // The same program is its own sink and its own proxy, as processes whose work is not counted as ours.
        ["serve-sink", kind] => sink::serve(kind),
        [price::WORD, messages] => price::print(messages),
        ["serve-quick", port] => quick::serve(port.parse().expect("a port")),
        ["open-spool", dir] => spool::open(dir),
        ["serve-delay", port, micros] => delay::serve(
            port.parse().expect("a port"),
            micros.parse().expect("microseconds"),
        ),
        _ => {
            let quick = words.contains(&"--quick");
            let wanted: Vec<&str> = words
                .into_iter()
                .filter(|word| !word.starts_with("--"))
                .collect();
            suite::run(quick, &wanted);
        }
    }
}
