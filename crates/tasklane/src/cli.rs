//! The command line.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use secrecy::SecretString;
use tasklane_domain::id::UserId;
use tasklane_domain::user::{Email, Name};

use crate::config::duration;

/// A task-management service: one binary, one HTTP API, on SQLite or PostgreSQL
///
/// Without a command it serves. Without settings it serves on http://127.0.0.1:8080 and
/// keeps its data in data/tasklane.db.
#[derive(Debug, Parser)]
#[command(
    name = "tasklane",
    version,
    verbatim_doc_comment,
    after_help = "`tasklane --help` explains where settings come from.",
    after_long_help = SETTINGS_HELP
)]
#[expect(clippy::doc_markdown, reason = "read in a terminal")]
pub struct Cli {
    /// The settings file (TOML).
    #[arg(long, global = true, value_name = "FILE", help = CONFIG_HELP)]
    pub config: Option<PathBuf>,
    /// What to do: to serve, unless something else is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const CONFIG_HELP: &str = "The settings file (TOML) [env: TASKLANE_CONFIG]";

const SETTINGS_HELP: &str = "\
Settings, the later winning:
  built-in defaults        `tasklane config` shows what is in force
  the settings file        --config FILE, or TASKLANE_CONFIG
  DATABASE_URL             sqlite:<file> or postgres://user:password@host/database
  DIRECT_DATABASE_URL      the same PostgreSQL without a pooler between, for migrations and notifications
  TASKLANE__SECTION__KEY   `key` of `[section]`: TASKLANE__SERVER__ADDRESS=0.0.0.0:8080
  OTEL_EXPORTER_OTLP_ENDPOINT
                           where traces go: http://localhost:4318
  OTEL_SERVICE_NAME        what the service is called there
  RUST_LOG                 what is logged, instead of log.level: warn,tasklane=debug

Examples:
  tasklane
  DATABASE_URL=postgres://localhost/tasklane tasklane
  tasklane serve --config /etc/tasklane.toml
  tasklane migrate && tasklane serve";

/// What the binary can do.
#[derive(Debug, Default, Subcommand)]
#[expect(clippy::doc_markdown, reason = "read in a terminal")]
pub enum Command {
    /// Serve the API until SIGTERM or SIGINT
    ///
    /// Stdout gets the addresses that are listened on, a line each; logs go to stderr.
    #[default]
    Serve,
    /// Apply pending database migrations
    ///
    /// Safe while other processes serve or migrate. Uses the direct database URL if there is one.
    #[command(verbatim_doc_comment)]
    Migrate {
        /// Also distribute the tables over a Citus cluster, each user's rows together
        ///
        /// Tables that are distributed already stay as they are. The server must have the citus
        /// extension.
        #[arg(long, verbatim_doc_comment)]
        distribute: bool,
    },
    /// Delete for good what has been in the trash longer than trash.retention
    ///
    /// Prints how many tasks were deleted, tombstones included. A running service does this on its
    /// own while it is used; both may run at once.
    #[command(verbatim_doc_comment)]
    Purge,
    /// Make every client read all tasks again, after a backup was restored
    ///
    /// A client may hold changes that the backup does not have, under revisions that the restored
    /// store would give again. Its next request for changes is answered with 410, and it begins
    /// with nothing. Prints how many users that concerns; may be repeated.
    #[command(verbatim_doc_comment)]
    Resync,
    /// Copy everything from SQLite to PostgreSQL
    ///
    /// Stop the service first. The target is migrated, and must be empty otherwise; --resume
    /// continues a copy that was interrupted. Counts and checksums are compared for each user, and
    /// nothing that is there already is overwritten.
    ///
    ///   DATABASE_URL=postgres://localhost/tasklane \\
    ///     tasklane copy --from sqlite:data/tasklane.db
    #[command(verbatim_doc_comment)]
    Copy(CopyOptions),
    /// Print an access token for a local user, to try things out
    ///
    /// The token alone goes to stdout:
    ///
    ///   curl -H "Authorization: Bearer $(tasklane token --email me@example.com)" \
    ///     http://127.0.0.1:8080/api/tasks
    #[command(verbatim_doc_comment)]
    Token {
        /// The local user's email address; the account exists already
        #[arg(long)]
        email: String,
    },
    /// Add, list, disable and enable users, and set their passwords
    #[command(subcommand)]
    User(UserCommand),
    /// Copy the SQLite database to a file while it is in use, and check the copy
    ///
    /// The copy is the database as it was at one instant. It gets its name once it is complete, on
    /// the disk and checked; its path goes to stdout. For PostgreSQL use pg_dump.
    #[command(verbatim_doc_comment)]
    Backup(BackupOptions),
    /// Check settings, store, migrations, issuers and clock, and say what to do
    ///
    /// Prints a line for each check: ok, warning or failed. Exits with 1 if a check failed; warnings
    /// do not count. Changes nothing, and may run beside the service.
    #[command(verbatim_doc_comment)]
    Doctor(DoctorOptions),
    /// Print the OpenAPI document (JSON)
    Openapi,
    /// Print the settings in force (TOML), secrets replaced
    Config(ConfigOptions),
    /// Ask a running service whether it is ready, for container probes
    ///
    /// Exits 0 when GET /health/ready at server.address answers 200, else 1 with the reason
    /// on stderr. An address that stands for every interface is asked on loopback.
    #[command(verbatim_doc_comment)]
    Healthcheck(HealthcheckOptions),
}

/// What is said about the settings.
#[derive(Debug, Clone, Copy, Args)]
pub struct ConfigOptions {
    /// Print every setting there is instead, with its default and its rule (Markdown)
    #[arg(long)]
    pub reference: bool,
}

/// From where to where everything is copied.
#[derive(Debug, Clone, Args)]
pub struct CopyOptions {
    /// The database to copy: sqlite:FILE.
    #[arg(long, value_name = "URL", help = "The database to copy: sqlite:<file>")]
    pub from: SecretString,
    /// The database to copy into; the configured one, by its direct URL, unless given.
    #[arg(long, value_name = "URL", help = TO_HELP)]
    pub to: Option<SecretString>,
    /// Go on with a copy that was interrupted
    #[arg(long)]
    pub resume: bool,
}

const TO_HELP: &str = "The database to copy into: postgres://… [default: the configured one, by \
    its direct URL if it has one]";

/// What an operator can do about users.
#[derive(Debug, Clone, Subcommand)]
pub enum UserCommand {
    /// Add a local account, whether or not registration is open
    ///
    /// Prints the user's id, and the password if one was made: it is shown this once.
    ///
    ///   tasklane user add ada@example.com
    #[command(verbatim_doc_comment)]
    Add {
        /// The email address to sign in with
        #[arg(value_parser = parse_email)]
        email: Email,
        /// The user's name
        #[arg(long, value_parser = parse_name)]
        name: Option<Name>,
        /// Read the password from stdin instead of making one
        #[arg(long)]
        password_stdin: bool,
    },
    /// List all users
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Show what is known of one user
    Show {
        /// The user's id, or the email address of a local account
        user: UserReference,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Set a new password for a local account, and end its sessions
    ///
    /// Prints the password if one was made: it is shown this once.
    #[command(verbatim_doc_comment)]
    SetPassword {
        /// The user's id, or the email address of the account
        user: UserReference,
        /// Read the password from stdin instead of making one
        #[arg(long)]
        password_stdin: bool,
    },
    /// Print a link by which a local account's password can be reset once, and nothing else
    ///
    /// It opens the page that the setting `auth.reset_url` names, and works for as long as `auth.reset_ttl`
    /// says. An earlier link of the account no longer works. Whoever has the link can take over the account.
    #[command(verbatim_doc_comment)]
    ResetLink {
        /// The user's id, or the email address of the account
        user: UserReference,
    },
    /// Refuse the user's tokens and sign-ins until they are enabled, and end their sessions
    ///
    /// Running services notice within five seconds. What the user owns stays as it is.
    #[command(verbatim_doc_comment)]
    Disable {
        /// The user's id, or the email address of a local account
        user: UserReference,
    },
    /// Let a disabled user in again, with new tokens
    ///
    /// Running services notice within five seconds. Tokens from before the user was disabled
    /// stay refused: the user signs in again.
    #[command(verbatim_doc_comment)]
    Enable {
        /// The user's id, or the email address of a local account
        user: UserReference,
    },
}

fn parse_email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|violation| violation.to_string())
}

fn parse_name(text: &str) -> Result<Name, String> {
    Name::parse(text).map_err(|violation| violation.to_string())
}

/// How an operator names a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserReference {
    /// By the id, for any user.
    Id(UserId),
    /// By the email address of a local account.
    Email(Email),
}

impl FromStr for UserReference {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = text.parse().map(Self::Id);
        id.or_else(|_| Email::parse(text).map(Self::Email))
            .map_err(|_| "must be a user's id or an email address")
    }
}

impl fmt::Display for UserReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(formatter),
            Self::Email(email) => email.fmt(formatter),
        }
    }
}

/// Where the copy goes.
#[derive(Debug, Clone, Args)]
pub struct BackupOptions {
    /// The file to write, on a disk with room for the whole database
    pub file: PathBuf,
    /// Replace the file if there is one
    #[arg(long)]
    pub force: bool,
}

/// How patient the doctor is.
#[derive(Debug, Clone, Args)]
pub struct DoctorOptions {
    /// The longest that one check may take
    #[arg(long, default_value = "5s", value_parser = duration::parse_positive, value_name = "DURATION")]
    pub timeout: Duration,
}

/// Whom to ask, and how long to wait.
#[derive(Debug, Clone, Args)]
pub struct HealthcheckOptions {
    /// Whom to ask instead, over plain HTTP.
    #[arg(long, help = "Ask here instead: http://127.0.0.1:8080/health/ready")]
    pub url: Option<String>,
    /// The longest to wait in all
    #[arg(long, default_value = "3s", value_parser = duration::parse_positive, value_name = "DURATION")]
    pub timeout: Duration,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::CommandFactory;

    use super::*;

    fn parse(arguments: &[&str]) -> Cli {
        Cli::try_parse_from(["tasklane"].iter().chain(arguments)).unwrap()
    }

    #[test]
    fn the_definition_is_sound() {
        <Cli as CommandFactory>::command().debug_assert();
    }

    #[test]
    fn it_serves_unless_told_otherwise() {
        assert!(matches!(
            parse(&[]).command.unwrap_or_default(),
            Command::Serve
        ));
        assert!(matches!(parse(&["serve"]).command, Some(Command::Serve)));
    }

    #[test]
    fn the_settings_file_is_named_before_or_behind_the_command() {
        for arguments in [
            &["--config", "a.toml"][..],
            &["--config", "a.toml", "serve"],
            &["serve", "--config", "a.toml"],
            &["migrate", "--config=a.toml"],
        ] {
            assert_eq!(
                parse(arguments).config.as_deref(),
                Some(Path::new("a.toml"))
            );
        }
    }

    #[test]
    fn a_token_needs_an_email() {
        assert!(Cli::try_parse_from(["tasklane", "token"]).is_err());
        let Some(Command::Token { email }) = parse(&["token", "--email", "me@example.com"]).command
        else {
            panic!("not the token command")
        };
        assert_eq!(email, "me@example.com");
    }

    #[test]
    fn a_user_is_named_by_id_or_address() {
        let named = |user| match parse(&["user", "disable", user]).command {
            Some(Command::User(UserCommand::Disable { user })) => user,
            other => panic!("{other:?}"),
        };
        let id = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f";
        assert_eq!(named(id), UserReference::Id(id.parse().unwrap()));
        assert_eq!(
            named("ada@example.com"),
            UserReference::Email(Email::parse("ada@example.com").unwrap())
        );
        for bad in ["", "ada", "0193a5c8"] {
            assert!(Cli::try_parse_from(["tasklane", "user", "enable", bad]).is_err());
        }
    }

    #[test]
    fn a_health_check_waits_for_three_seconds_unless_told() {
        let options = |arguments| match parse(arguments).command {
            Some(Command::Healthcheck(options)) => options,
            other => panic!("{other:?}"),
        };
        assert_eq!(options(&["healthcheck"]).timeout, Duration::from_secs(3));
        assert_eq!(
            options(&["healthcheck", "--timeout", "500ms"])
                .timeout
                .as_millis(),
            500
        );
        assert!(Cli::try_parse_from(["tasklane", "healthcheck", "--timeout", "3"]).is_err());
    }

    #[test]
    fn the_help_names_the_settings_and_gives_examples() {
        let help = <Cli as CommandFactory>::command()
            .render_long_help()
            .to_string();
        for word in [
            "TASKLANE_CONFIG",
            "DATABASE_URL",
            "TASKLANE__SECTION__KEY",
            "RUST_LOG",
        ] {
            assert!(help.contains(word), "{word} is missing");
        }
        assert!(help.contains("Examples:"));
    }
}
