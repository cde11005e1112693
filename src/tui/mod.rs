//! The console: a terminal program on the same core as everything else.

pub mod action;
pub mod answer;
pub mod app;
pub mod contract;
pub mod core;
mod editor;
pub mod effect;
mod files;
pub mod frame;
pub mod guest;
pub mod keymap;
pub mod memory;
mod newfile;
pub mod open;
pub mod paste;
pub mod perform;
pub mod probe;
mod probing;
mod reader;
pub mod run;
pub mod screen;
mod signals;
mod sources;
pub mod terminal;
pub mod theme;
pub mod widget;
pub mod world;
