//! Walks as command lines of other programs, and such lines as walks.

mod call;
mod curl;
mod every;
mod heard;
mod openssl;
mod options;
mod quote;
mod read;
mod swaks;
mod values;
mod written;

pub use call::Call;
pub use curl::curl;
pub use every::every;
pub use heard::{Fault, Reading};
pub use openssl::openssl;
pub use quote::{SplitError, quoted, split};
pub use read::read;
pub use swaks::swaks;
pub use written::Written;
