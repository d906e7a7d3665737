//! What there is to copy: the tables that both stores have, column by column.

/// A table as both stores know it.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its columns; the first one says whose a row is.
    pub(crate) columns: &'static [(&'static str, Kind)],
    /// The order in which an owner's rows are read, which both stores have to agree on.
    order: &'static str,
    /// Whether rows are found by an address's key, in a column `email_key`, and not by their owner.
    pub(crate) by_email_key: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A UUID.
    Id,
    /// A number of two bytes in PostgreSQL.
    Int2,
    /// One of eight bytes.
    Int8,
    /// An instant, to the microsecond.
    Instant,
    /// A day of the calendar.
    Date,
    /// A text.
    Text,
    /// Bytes.
    Bytes,
}

/// All tables. None refers to one behind it, so that they can be filled in this order.
pub(crate) const TABLES: [Table; 8] = [
    Table {
        name: "users",
        columns: &[
            ("id", Kind::Id),
            ("version", Kind::Int8),
            ("revision", Kind::Int8),
            ("purge_horizon", Kind::Int8),
            ("open_tasks", Kind::Int8),
            ("items", Kind::Int8),
            ("bytes", Kind::Int8),
            ("issuer", Kind::Text),
            ("subject", Kind::Text),
            ("email", Kind::Text),
            ("email_verified_at", Kind::Instant),
            ("name", Kind::Text),
            ("created_at", Kind::Instant),
            ("updated_at", Kind::Instant),
            ("tokens_not_before", Kind::Instant),
            ("disabled_at", Kind::Instant),
            ("erased_at", Kind::Instant),
        ],
        order: "id",
        by_email_key: false,
    },
    Table {
        name: "accounts",
        columns: &[
            ("user_id", Kind::Id),
            ("password_hash", Kind::Text),
            ("updated_at", Kind::Instant),
        ],
        order: "user_id",
        by_email_key: false,
    },
    Table {
        name: "account_emails",
        columns: &[("user_id", Kind::Id), ("email_key", Kind::Text)],
        order: "email_key",
        by_email_key: true,
    },
    Table {
        name: "account_links",
        columns: &[
            ("user_id", Kind::Id),
            ("purpose", Kind::Text),
            ("secret_hash", Kind::Bytes),
            ("expires_at", Kind::Instant),
        ],
        order: "user_id, purpose",
        by_email_key: false,
    },
    Table {
        name: "sessions",
        columns: &[
            ("user_id", Kind::Id),
            ("id", Kind::Id),
            ("created_at", Kind::Instant),
            ("last_used_at", Kind::Instant),
            ("expires_at", Kind::Instant),
            ("user_agent", Kind::Text),
            ("secret_hash", Kind::Bytes),
            ("previous_secret_hash", Kind::Bytes),
        ],
        order: "user_id, id",
        by_email_key: false,
    },
    Table {
        name: "spent_secrets",
        columns: &[
            ("user_id", Kind::Id),
            ("session_id", Kind::Id),
            ("secret_hash", Kind::Bytes),
            ("spent_at", Kind::Instant),
        ],
        order: "user_id, session_id, secret_hash",
        by_email_key: false,
    },
    Table {
        name: "known_addresses",
        columns: &[
            ("user_id", Kind::Id),
            ("address_hash", Kind::Bytes),
            ("seen_at", Kind::Instant),
        ],
        order: "user_id, address_hash",
        by_email_key: false,
    },
    Table {
        name: "tasks",
        columns: &[
            ("owner_id", Kind::Id),
            ("id", Kind::Id),
            ("title", Kind::Text),
            ("title_key", Kind::Text),
            ("description", Kind::Text),
            ("description_key", Kind::Text),
            ("completed_at", Kind::Instant),
            ("priority", Kind::Int2),
            ("due_date", Kind::Date),
            ("due_time", Kind::Text),
            ("due_timezone", Kind::Text),
            ("due_at", Kind::Instant),
            ("tags", Kind::Text),
            ("tag_keys", Kind::Text),
            ("tag_search_key", Kind::Text),
            ("parent_id", Kind::Id),
            ("position", Kind::Text),
            ("metadata", Kind::Text),
            ("revision", Kind::Int8),
            ("fingerprint", Kind::Bytes),
            ("created_at", Kind::Instant),
            ("updated_at", Kind::Instant),
            ("deleted_at", Kind::Instant),
        ],
        order: "owner_id, id",
        by_email_key: false,
    },
];

impl Table {
    /// The names of the columns, as SQL lists them.
    pub(crate) fn column_list(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// The statement that reads the rows of the users from `$1` to `$2`. Where rows are found by an
    /// address's key, that is to be one `of_keys`, which stands behind the column's name.
    pub(crate) fn select(&self, of_keys: &str) -> String {
        let columns = self.column_list();
        let (owner, _) = self.columns[0];
        let (name, order) = (self.name, self.order);
        let found = if self.by_email_key {
            format!(" AND email_key {of_keys}")
        } else {
            String::new()
        };
        format!(
            "SELECT {columns} FROM {name} WHERE {owner} BETWEEN $1 AND $2{found} ORDER BY {order}"
        )
    }
}
