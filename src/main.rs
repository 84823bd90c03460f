//! The `otpdrill` command: parse, run one command, return its exit code.

use otpdrill::{
    cli::{Cli, Command, ScenarioCommand},
    commands,
    exit::Exit,
    tui,
};
use std::{panic, process::ExitCode};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::read();
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        tui::restore();
        commands::progress::clear_terminal();
        default(info);
    }));
    let ended = panic::catch_unwind(|| match &cli.command {
        Command::Run(args) => commands::run::run(args),
        Command::Simulate(args) => commands::simulate::simulate(args),
        Command::Plan(args) => commands::plan::plan(args),
        Command::Resume(args) => commands::resume::resume(args),
        Command::Report(args) => commands::report::report(args),
        Command::Verify(args) => commands::verify::verify(args),
        Command::Compare(args) => commands::compare::compare(args),
        Command::Mock(args) => commands::mock::mock(args),
        Command::Doctor(args) => commands::doctor::doctor(args),
        Command::Completions(args) => commands::shell::completions(args),
        Command::Man(args) => commands::shell::man(args),
        Command::Scenario(ScenarioCommand::Check(args)) => commands::scenario::check(args),
        Command::Scenario(ScenarioCommand::Explain(args)) => commands::scenario::explain(args),
        Command::Scenario(ScenarioCommand::Schema) => commands::scenario::schema(),
    });
    match ended {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(error)) => commands::failed(&error).into(),
        // The hook has told about the panic.
        Err(_) => Exit::Internal.into(),
    }
}
