//! The tables as the migrations make them.
//!
//! Instants are microseconds since 1970-01-01T00:00:00Z, UUIDs their 16 bytes, tags a line each.

diesel::table! {
    users (id) {
        id -> Binary,
        version -> BigInt,
        revision -> BigInt,
        purge_horizon -> BigInt,
        open_tasks -> BigInt,
        items -> BigInt,
        bytes -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        tokens_not_before -> Nullable<BigInt>,
        disabled_at -> Nullable<BigInt>,
        erased_at -> Nullable<BigInt>,
        email_verified_at -> Nullable<BigInt>,
        issuer -> Text,
        subject -> Nullable<Text>,
        email -> Nullable<Text>,
        name -> Nullable<Text>,
    }
}

diesel::table! {
    accounts (user_id) {
        user_id -> Binary,
        password_hash -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    account_links (user_id, purpose) {
        user_id -> Binary,
        purpose -> Text,
        secret_hash -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    account_emails (email_key) {
        email_key -> Text,
        user_id -> Binary,
    }
}

diesel::table! {
    sessions (user_id, id) {
        user_id -> Binary,
        id -> Binary,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
        user_agent -> Nullable<Text>,
        secret_hash -> Binary,
        previous_secret_hash -> Nullable<Binary>,
    }
}

diesel::table! {
    spent_secrets (user_id, session_id, secret_hash) {
        user_id -> Binary,
        session_id -> Binary,
        secret_hash -> Binary,
        spent_at -> BigInt,
    }
}

diesel::table! {
    known_addresses (user_id, address_hash) {
        user_id -> Binary,
        address_hash -> Binary,
        seen_at -> BigInt,
    }
}

diesel::table! {
    tasks (owner_id, id) {
        owner_id -> Binary,
        id -> Binary,
        revision -> BigInt,
        priority -> SmallInt,
        completed_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        due_at -> Nullable<BigInt>,
        due_date -> Nullable<Text>,
        due_time -> Nullable<Text>,
        due_timezone -> Nullable<Text>,
        fingerprint -> Nullable<Binary>,
        parent_id -> Nullable<Binary>,
        position -> Text,
        title -> Nullable<Text>,
        title_key -> Nullable<Text>,
        tags -> Text,
        tag_keys -> Text,
        tag_search_key -> Text,
        metadata -> Text,
        description -> Nullable<Text>,
        description_key -> Nullable<Text>,
    }
}

diesel::table! {
    /// By which version the keys of tasks were made.
    search_keys (version) {
        version -> Integer,
        complete -> Bool,
        owner_id -> Binary,
        task_id -> Binary,
    }
}

diesel::table! {
    /// Which migrations were applied; diesel's own.
    __diesel_schema_migrations (version) {
        version -> Text,
        run_on -> Timestamp,
    }
}

diesel::table! {
    /// What there is in the file; `SQLite`'s own.
    sqlite_schema (name) {
        name -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(users, accounts, account_emails, sessions);
