//! The commands of the binary.

mod copy;

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use tasklane_api::openapi::Document;
use tasklane_api::state::AppState;
use tasklane_domain::user::Email;
use tasklane_infrastructure::sqlite::BackupError;

use crate::cli::{BackupOptions, Cli, Command, HealthcheckOptions, UserCommand, UserReference};
use crate::composition::{self, StartError, Store};
use crate::config::{self, Settings};
use crate::one_line::one_line;
use crate::size::Size;
use crate::telemetry::TraceExport;
use crate::{doctor, healthcheck, telemetry};

type CommandError = Box<dyn std::error::Error>;

const NO_BACKUP_OF_POSTGRES: &str = "backup copies SQLite files; back PostgreSQL up with \
     `pg_dump --format=custom`, or by your provider's point-in-time recovery";

/// Does what the command line says. What fails is said in one line on stderr.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(failure.as_ref());
            ExitCode::FAILURE
        }
    }
}

fn report(failure: &dyn std::error::Error) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(std::io::stderr(), "tasklane: {}", one_line(failure));
}

fn dispatch(cli: Cli) -> Result<(), CommandError> {
    let settings = || Settings::load(cli.config.as_deref(), std::env::vars_os());
    match cli.command.unwrap_or_default() {
        Command::Serve => serve(&settings()?),
        Command::Migrate { distribute: false } => migrate(&settings()?),
        Command::Migrate { distribute: true } => distribute(&settings()?),
        Command::Purge => purge(&settings()?),
        Command::Copy(options) => copy::copy(settings()?, &options),
        Command::Token { email } => token(&settings()?, &email),
        Command::User(command) => change_access(&settings()?, &command),
        Command::Backup(options) => back_up(&settings()?, &options),
        Command::Doctor(options) => Ok(doctor::run(cli.config.as_deref(), options.timeout)?),
        Command::Openapi => print(Document::build()?.json()),
        Command::Config(options) if options.reference => print(config::reference().as_bytes()),
        Command::Config(_) => print(settings()?.to_toml()?.as_bytes()),
        Command::Healthcheck(options) => check_health(&settings()?, &options),
    }
}

/// Stdout is for what was asked for and nothing else.
fn print(bytes: &[u8]) -> Result<(), CommandError> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes)?;
    Ok(stdout.flush()?)
}

fn serve(settings: &Settings) -> Result<(), CommandError> {
    let traces = TraceExport::start(&settings.telemetry)?;
    let _guard = telemetry::init_with_traces(&settings.log, traces.as_ref())?;
    Ok(actix_web::rt::System::new().block_on(crate::serve::serve(settings, traces))?)
}

fn migrate(settings: &Settings) -> Result<(), CommandError> {
    let _guard = telemetry::init(&settings.log)?;
    let applied = block_on(async { Store::open(settings)?.migrate().await })?;
    print_lines(applied, "nothing to migrate")
}

fn distribute(settings: &Settings) -> Result<(), CommandError> {
    let _guard = telemetry::init(&settings.log)?;
    let done = block_on(composition::distribute(settings))?;
    let tables = done.tables.iter();
    let distributed = tables.map(|table| format!("{table} distributed"));
    let lines = done.migrations.iter().cloned().chain(distributed).collect();
    print_lines(lines, "nothing to distribute")
}

fn print_lines(mut lines: Vec<String>, if_none: &str) -> Result<(), CommandError> {
    if lines.is_empty() {
        lines.push(if_none.to_owned());
    }
    print((lines.join("\n") + "\n").as_bytes())
}

fn purge(settings: &Settings) -> Result<(), CommandError> {
    let _guard = telemetry::init(&settings.log)?;
    let removed = block_on(async {
        let trash = Store::open(settings)?.trash_service(settings);
        trash.purge_expired().await.map_err(StartError::Purge)
    })?;
    print(format!("{removed} purged\n").as_bytes())
}

fn token(settings: &Settings, email: &str) -> Result<(), CommandError> {
    let _guard = telemetry::init(&settings.log)?;
    let email = Email::parse(email).map_err(|violation| format!("--email {violation}"))?;
    let signed_in = block_on(async {
        let state = composition::build(settings, &Store::open(settings)?)?;
        state
            .accounts
            .sign_in_as(&email)
            .await
            .map_err(StartError::from)
    });
    let signed_in = signed_in.map_err(|error| format!("no token for {email}: {error}"))?;
    print(format!("{}\n", signed_in.access.text).as_bytes())
}

fn change_access(settings: &Settings, command: &UserCommand) -> Result<(), CommandError> {
    let _guard = telemetry::init(&settings.log)?;
    let (user, done) = match command {
        UserCommand::Disable { user } => (user, "disabled"),
        UserCommand::Enable { user } => (user, "enabled"),
    };
    let changed = block_on(async {
        let AppState {
            users, accounts, ..
        } = composition::build(settings, &Store::open(settings)?)?;
        let found = match user {
            UserReference::Id(id) => Ok(Some(*id)),
            UserReference::Email(email) => accounts.user_by_email(email).await,
        };
        let Some(id) = found.map_err(StartError::User)? else {
            return Ok(None);
        };
        let known = match command {
            UserCommand::Disable { .. } => users.disable(id).await,
            UserCommand::Enable { .. } => users.enable(id).await,
        };
        let known = known.map_err(StartError::User)?;
        Ok(known.then_some(id))
    })?;
    let id = changed.ok_or_else(|| format!("there is no user {user}"))?;
    print(format!("{id} {done}\n").as_bytes())
}

fn back_up(settings: &Settings, options: &BackupOptions) -> Result<(), CommandError> {
    let started = Instant::now();
    let Some(copied) = composition::back_up(settings, &options.file, options.force) else {
        return Err(NO_BACKUP_OF_POSTGRES.into());
    };
    let size = match copied {
        Err(BackupError::Exists(file)) => {
            return Err(format!("{} exists already; --force replaces it", file.display()).into());
        }
        copied => Size(copied?),
    };
    let seconds = started.elapsed().as_secs_f32();
    // Who asks for the path alone need not hear the rest.
    let _ = writeln!(
        std::io::stderr(),
        "{size} copied and checked in {seconds:.1} s"
    );
    print(format!("{}\n", options.file.display()).as_bytes())
}

fn check_health(settings: &Settings, options: &HealthcheckOptions) -> Result<(), CommandError> {
    Ok(healthcheck::run(options, settings.server.address)?)
}

fn block_on<T>(future: impl Future<Output = Result<T, StartError>>) -> Result<T, StartError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(StartError::Runtime)?
        .block_on(future)
}
