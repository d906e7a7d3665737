//! The loads: which requests go to which server, and what they are compared with.

use crate::measure::CONDITIONAL;

/// A kind of request, sent to one of the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Load {
    Read,
    List,
    Unchanged,
    Toggle,
    Create,
    ReadWithEddsa,
    ReadOnSqlite,
    CreateOnSqlite,
}

/// Which server: what its store is, and what signs its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Postgres,
    PostgresWithEddsa,
    Sqlite,
}

impl Load {
    /// Every one, those first that change nothing.
    pub(super) const ALL: [Self; 8] = [
        Self::Read,
        Self::ReadWithEddsa,
        Self::ReadOnSqlite,
        Self::List,
        Self::Unchanged,
        Self::Toggle,
        Self::Create,
        Self::CreateOnSqlite,
    ];

    /// What it is called in the report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Read => "keyed read, PostgreSQL",
            Self::List => "list of 50, PostgreSQL",
            Self::Unchanged => "unchanged list (304), PostgreSQL",
            Self::Toggle => "toggle, PostgreSQL",
            Self::Create => "create, PostgreSQL",
            Self::ReadWithEddsa => "keyed read with EdDSA tokens, PostgreSQL",
            Self::ReadOnSqlite => "keyed read, SQLite",
            Self::CreateOnSqlite => "create, SQLite",
        }
    }

    /// Who is asked.
    pub(super) fn target(self) -> Target {
        match self {
            Self::Read | Self::List | Self::Unchanged | Self::Toggle | Self::Create => {
                Target::Postgres
            }
            Self::ReadWithEddsa => Target::PostgresWithEddsa,
            Self::ReadOnSqlite | Self::CreateOnSqlite => Target::Sqlite,
        }
    }

    /// The file with the requests.
    pub(super) fn requests(self) -> &'static str {
        match self {
            Self::Read | Self::ReadWithEddsa | Self::ReadOnSqlite => "read.requests",
            Self::List => "list.requests",
            Self::Unchanged => CONDITIONAL,
            Self::Toggle => "toggle.requests",
            Self::Create | Self::CreateOnSqlite => "create.requests",
        }
    }

    /// How each must be answered.
    pub(super) fn status(self) -> u16 {
        match self {
            Self::Unchanged => 304,
            Self::Create | Self::CreateOnSqlite => 201,
            _ => 200,
        }
    }

    /// The script with which pgbench does the same.
    pub(super) fn script(self) -> Option<&'static str> {
        match self {
            Self::Read => Some("read.sql"),
            Self::List => Some("list.sql"),
            Self::Toggle => Some("toggle.sql"),
            Self::Create => Some("create.sql"),
            _ => None,
        }
    }

    /// What its rate is compared with, and the least share of that which it shall reach.
    pub(super) fn goal(self) -> Goal {
        let goal = |against, least| Goal { against, least };
        match self {
            Self::Read => goal(Against::Ceiling, 0.45),
            Self::List => goal(Against::Ceiling, 0.50),
            Self::Toggle | Self::Create => goal(Against::Ceiling, 0.70),
            Self::Unchanged => goal(Against::Load(Self::Read), 1.0),
            Self::ReadWithEddsa => goal(Against::Load(Self::Read), 0.90),
            Self::ReadOnSqlite => goal(Against::Load(Self::Read), 1.2),
            Self::CreateOnSqlite => goal(Against::Load(Self::Create), 2.0),
        }
    }
}

/// What a load shall reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goal {
    pub(super) against: Against,
    pub(super) least: f64,
}

/// What a rate is compared with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Against {
    /// That of pgbench with the same statement.
    Ceiling,
    /// That of another load.
    Load(Load),
}
