//! A server that answers from a script: what the debug transport talks to, and what the tests do their worst with.
//!
//! A script is TOML. Without any rule it is a decent server; each rule replaces the reply to one event:
//!
//! ```toml
//! capabilities = ["PIPELINING", "SIZE 1000000"]
//!
//! [[rule]]
//! on = "rcpt"                # connect ehlo helo starttls tls auth mail rcpt data bdat body content rset noop quit unknown any
//! match = "grey*@*"          # glob without case: the address, for data, body and content any recipient's, else the argument;
//!                            # with lmtp = true content is one event for each recipient
//! per = "address"            # what the turns are counted by: server (default), connection, address
//! turns = ["450 4.7.1 Try again later", "default"]          # by turn; the last repeats
//!
//! [[rule]]
//! on = "content"             # the reply to the final dot or the last chunk; bdat is for the chunks before it
//! reply = { say = ["250-one", "250 two"], delay = 500, then = "close" }
//! ```
//!
//! A reply is a text, `default`, or a table of `say` (text or lines), `raw` (octets with `\r \n \0 \\ \xNN`, no line end
//! added), `extra` (octets behind the reply, as `raw`), `silent`, `delay` (ms), `drip` (ms between octets), `pace` (ms
//! after each 4 KiB of content read; `body` only) and `then`: `close`, `reset`, `half-close`, `silence` or `stop-reading`.

mod act;
mod body;
mod dialogue;
mod journal;
mod line;
mod login;
mod reading;
mod receiving;
mod sasl;
mod server;
mod transaction;

pub use act::ScriptError;
pub use journal::{Journal, Received};
pub use line::Pipe;
pub use reading::Script;
pub use server::Server;
