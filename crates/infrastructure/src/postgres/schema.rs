//! The tables, as `diesel print-schema` writes them down from `migrations/postgres`.

diesel::table! {
    account_emails (email_key) {
        email_key -> Text,
        user_id -> Uuid,
    }
}

diesel::table! {
    account_links (user_id, purpose) {
        user_id -> Uuid,
        purpose -> Text,
        secret_hash -> Bytea,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    accounts (user_id) {
        user_id -> Uuid,
        password_hash -> Text,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    known_addresses (user_id, address_hash) {
        user_id -> Uuid,
        address_hash -> Bytea,
        seen_at -> Timestamptz,
    }
}

diesel::table! {
    search_keys (version) {
        version -> Int4,
        complete -> Bool,
        owner_id -> Uuid,
        task_id -> Uuid,
    }
}

diesel::table! {
    sessions (user_id, id) {
        user_id -> Uuid,
        id -> Uuid,
        created_at -> Timestamptz,
        last_used_at -> Timestamptz,
        expires_at -> Timestamptz,
        user_agent -> Nullable<Text>,
        secret_hash -> Bytea,
        previous_secret_hash -> Nullable<Bytea>,
    }
}

diesel::table! {
    spent_secrets (user_id, session_id, secret_hash) {
        user_id -> Uuid,
        session_id -> Uuid,
        secret_hash -> Bytea,
        spent_at -> Timestamptz,
    }
}

diesel::table! {
    tasks (owner_id, id) {
        owner_id -> Uuid,
        id -> Uuid,
        title -> Nullable<Text>,
        title_key -> Nullable<Text>,
        description -> Nullable<Text>,
        description_key -> Nullable<Text>,
        completed_at -> Nullable<Timestamptz>,
        priority -> Int2,
        due_date -> Nullable<Date>,
        due_time -> Nullable<Text>,
        due_timezone -> Nullable<Text>,
        due_at -> Nullable<Timestamptz>,
        tags -> Text,
        tag_keys -> Text,
        tag_search_key -> Text,
        parent_id -> Nullable<Uuid>,
        position -> Text,
        metadata -> Text,
        revision -> Int8,
        fingerprint -> Nullable<Bytea>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    users (id) {
        id -> Uuid,
        version -> Int8,
        revision -> Int8,
        purge_horizon -> Int8,
        open_tasks -> Int8,
        items -> Int8,
        bytes -> Int8,
        issuer -> Text,
        subject -> Nullable<Text>,
        email -> Nullable<Text>,
        email_verified_at -> Nullable<Timestamptz>,
        name -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        tokens_not_before -> Nullable<Timestamptz>,
        disabled_at -> Nullable<Timestamptz>,
        erased_at -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(account_links -> users (user_id));
diesel::joinable!(accounts -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(tasks -> users (owner_id));

diesel::allow_tables_to_appear_in_same_query!(
    account_links,
    accounts,
    known_addresses,
    sessions,
    spent_secrets,
    tasks,
    users,
);
