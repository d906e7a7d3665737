use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::{DatabaseUrl, duration, finding, number};

/// `[database]`: the store.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(expecting = "a table")]
#[validate(schema(function = "direct_url_is_postgres", skip_on_field_errors = false))]
pub struct DatabaseSettings {
    /// Which store, and where: `sqlite:<file>` or `postgres://…`. Also `DATABASE_URL`.
    #[schema(value_type = String)]
    pub url: DatabaseUrl,
    /// The same PostgreSQL without a pooler in between, for migrations and notifications; ignored on
    /// SQLite. Also `DIRECT_DATABASE_URL`. An empty string counts as not set.
    #[serde(
        default,
        deserialize_with = "url_or_empty",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = String)]
    pub direct_url: Option<DatabaseUrl>,
    /// Connections of one process, beside the one that readiness has to itself.
    #[serde(deserialize_with = "number::whole")]
    #[validate(range(min = 1, max = 1000, message = "must be from 1 to 1000"))]
    pub pool_size: usize,
    /// How long a request waits for a connection before it gets 503.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    #[schema(value_type = String)]
    pub pool_wait: Duration,
    /// Whether pending migrations are applied at the start. Unless set: in development, and on SQLite.
    pub migrate: bool,
    /// Whether connections keep prepared statements. Some poolers need `false`.
    pub statement_cache: bool,
}

fn url_or_empty<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DatabaseUrl>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    DatabaseUrl::try_from(text)
        .map(Some)
        .map_err(serde::de::Error::custom)
}

fn direct_url_is_postgres(database: &DatabaseSettings) -> Result<(), ValidationError> {
    match database.direct_url {
        Some(DatabaseUrl::Sqlite(_)) => Err(finding::at(
            "direct_url",
            "must begin with postgres:// or postgresql://",
        )),
        Some(DatabaseUrl::Postgres(_)) | None => Ok(()),
    }
}
