//! The conversation: a client session with a smart host, every line of it written down, and a server that answers from a script.

mod arrival;
mod auth;
mod capabilities;
mod dial;
mod private;
mod prompt;
pub mod script;
mod session;
mod tls;
mod wire;

pub use arrival::arrive;
pub use auth::Logins;
pub use capabilities::Capabilities;
pub use dial::{Link, Stream, call, dial};
pub use session::{Consignment, Delivery, Reporter, Session};
pub use tls::Tls;
