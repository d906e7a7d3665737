//! The commands of the binary.

mod backup;
mod copy;
mod database;
mod token;
mod user;

use std::io::Write;
use std::process::ExitCode;

use tasklane_api::openapi::Document;
use tasklane_api::public_url::PublicUrl;
use tasklane_api::routes;
use tasklane_domain::error::with_causes;

use crate::cli::{Cli, Command};
use crate::composition::StartError;
use crate::config::{self, Settings};
use crate::telemetry::{self, TraceExport};
use crate::{doctor, healthcheck, serve};

type CommandError = Box<dyn std::error::Error>;

/// Does what the command line says. A failure is one line on stderr.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&format!("tasklane: {}", with_causes(failure.as_ref())));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> Result<(), CommandError> {
    let settings = || Settings::load(cli.config.as_deref(), std::env::vars_os());
    match cli.command.unwrap_or_default() {
        Command::Serve => serve(&settings()?),
        Command::Migrate { distribute: false } => database::migrate(&settings()?),
        Command::Migrate { distribute: true } => database::distribute(&settings()?),
        Command::Purge => database::purge(&settings()?),
        Command::Resync => database::resync(&settings()?),
        Command::Copy(options) => copy::copy(settings()?, &options),
        Command::Token { email } => token::print_token(&settings()?, &email),
        Command::User(command) => user::run(&settings()?, command),
        Command::Backup(options) => backup::back_up(&settings()?, &options),
        Command::Doctor(options) => Ok(doctor::run(cli.config.as_deref(), options.timeout)?),
        Command::Openapi => print(Document::new(&routes::all(), &PublicUrl::default())?.json()),
        Command::Config(options) if options.reference => print(config::reference().as_bytes()),
        Command::Config(_) => print(settings()?.to_toml()?.as_bytes()),
        Command::Healthcheck(options) => {
            Ok(healthcheck::run(&options, &settings()?.server.address)?)
        }
    }
}

fn serve(settings: &Settings) -> Result<(), CommandError> {
    let traces = TraceExport::start(&settings.telemetry)?;
    let _guard = telemetry::init_with_traces(&settings.log, traces.as_ref())?;
    Ok(actix_web::rt::System::new().block_on(serve::serve(settings, traces))?)
}

/// Stdout is for what was asked for and nothing else.
fn print(bytes: &[u8]) -> Result<(), CommandError> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes)?;
    Ok(stdout.flush()?)
}

/// Says something to people, on stderr.
fn complain(text: &str) {
    // There is nobody left to tell when stderr is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn block_on<T>(future: impl Future<Output = Result<T, StartError>>) -> Result<T, StartError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(StartError::Runtime)?
        .block_on(future)
}
