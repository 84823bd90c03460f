//! The `otpdrill` command.

fn main() {}
