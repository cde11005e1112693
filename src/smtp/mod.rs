//! The conversation: a client session with a smart host, every line of it written down, and a server that answers from a script.

mod arrival;
mod auth;
mod capabilities;
mod dial;
mod group;
mod patience;
mod private;
mod prompt;
pub mod script;
mod session;
mod tls;
mod wire;

pub use arrival::arrive;
pub(crate) use arrival::is_of_address;
pub use auth::Logins;
pub use capabilities::Capabilities;
pub(crate) use dial::{Ear, call_again, call_telling, resolve};
pub use dial::{Link, Stream, Try, TryEnd, call, dial};
pub use patience::Patience;
pub use session::{Consignment, Delivery, Reporter, Session};
pub(crate) use session::{Overheard, Typed};
pub use tls::Tls;
pub(crate) use wire::Surplus;
