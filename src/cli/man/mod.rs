//! `turbomail man`: the manual, made from what the program knows of itself.

mod examples;
mod facts;
mod page;
mod roff;
mod run;

pub(super) use run::run;
