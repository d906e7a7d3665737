use std::time::Duration;

use super::*;

#[test]
fn a_quota_of_zero_is_no_limit() {
    let settings = load(&[
        ("TASKLANE__QUOTA__TASKS_PER_USER", "0"),
        ("TASKLANE__QUOTA__ITEMS_PER_USER", "0"),
        ("TASKLANE__QUOTA__BYTES_PER_USER", "0"),
    ]);
    assert_eq!(settings.quota.tasks_per_user, 0);
    let rules = crate::composition::write_rules(&settings);
    assert_eq!(rules.quotas, tasklane_domain::task::Quotas::default());
}

#[test]
fn the_defaults_are_the_contract_s() {
    let settings = load(&[]);
    let seconds = Duration::from_secs;
    let day = 24 * 60 * 60;

    assert_eq!(settings.profile, Profile::Development);
    let server = &settings.server;
    assert_eq!(server.address.to_string(), "127.0.0.1:8080");
    assert_eq!(
        server.workers,
        std::thread::available_parallelism().unwrap().get()
    );
    assert!(server.trusted_proxies.is_empty() && server.hsts.is_none());
    assert_eq!((server.max_connections, server.max_in_flight), (8000, 512));
    assert_eq!(server.max_event_streams, 4000);
    assert_eq!(server.request_timeout, seconds(30));
    assert_eq!(server.header_timeout, seconds(10));
    assert_eq!(server.body_timeout, seconds(15));
    assert_eq!(server.keep_alive, seconds(75));
    assert_eq!(server.drain_delay, seconds(0));
    assert_eq!(server.shutdown_timeout, seconds(30));
    assert_eq!(
        settings.management.address,
        Some("127.0.0.1:9464".parse().unwrap())
    );

    let database = &settings.database;
    assert_eq!(database.url.to_string(), "sqlite:data/tasklane.db");
    assert!(database.direct_url.is_none() && database.migrate && database.statement_cache);
    assert_eq!((database.pool_size, database.pool_wait), (16, seconds(5)));

    let auth = &settings.auth;
    assert!(auth.secret.is_none() && auth.private_key_file.is_none() && auth.issuers.is_empty());
    assert_eq!(
        (auth.issuer.as_str(), auth.audience.as_str()),
        ("tasklane", "tasklane")
    );
    assert_eq!(
        (auth.access_ttl, auth.refresh_ttl, auth.refresh_grace),
        (seconds(15 * 60), seconds(30 * day), seconds(60))
    );
    assert_eq!(auth.registration, RegistrationPolicy::Open);

    assert!(settings.rate_limit.enabled);
    assert_eq!(
        settings.rate_limit.api,
        RatePolicy {
            quota: 600,
            window: seconds(60)
        }
    );
    assert_eq!(
        settings.rate_limit.auth,
        RatePolicy {
            quota: 20,
            window: seconds(60)
        }
    );
    assert_eq!(
        settings.rate_limit.work,
        WorkPolicy {
            quota: seconds(20),
            window: seconds(60)
        }
    );
    assert!(!settings.api.require_if_match);
    assert_eq!(settings.quota.tasks_per_user, 10_000);
    assert_eq!(settings.quota.items_per_user, 100_000);
    assert_eq!(settings.quota.bytes_per_user, 64 << 20);
    assert_eq!(settings.trash.retention, seconds(30 * day));
    assert_eq!(settings.log.level, LogLevel::Info);
}

#[test]
fn the_environment_goes_over_the_file_and_the_file_over_the_defaults() {
    let text = "[server]\naddress = '127.0.0.1:1'\nkeep_alive = '1s'\n[quota]\ntasks_per_user = 5";
    let settings = load_file(text, &[("TASKLANE__SERVER__ADDRESS", "127.0.0.1:0")]).unwrap();
    assert_eq!(settings.server.address.port(), 0);
    assert_eq!(settings.server.keep_alive, Duration::from_secs(1));
    assert_eq!(settings.quota.tasks_per_user, 5);
    assert_eq!(settings.server.body_timeout, Duration::from_secs(15));
}

#[test]
fn a_table_is_merged_key_by_key_and_a_list_is_replaced() {
    let text = "[rate_limit]\napi = { quota = 5 }\n[cors]\norigins = ['https://a.example']";
    let settings = load_file(text, &[("TASKLANE__RATE_LIMIT__AUTH__WINDOW", "2m")]).unwrap();
    let minute = Duration::from_mins(1);
    assert_eq!(
        settings.rate_limit.api,
        RatePolicy {
            quota: 5,
            window: minute
        }
    );
    assert_eq!(
        settings.rate_limit.auth,
        RatePolicy {
            quota: 20,
            window: 2 * minute
        }
    );
    let origins: Vec<_> = settings
        .cors
        .origins
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(origins, ["https://a.example"]);
}

#[test]
fn the_file_is_named_by_the_flag_or_else_by_the_environment() {
    let flagged = Written::new("[quota]\ntasks_per_user = 1");
    let named = Written::new("[quota]\ntasks_per_user = 2");
    let named = named.path().into_os_string().into_string().unwrap();
    let variables = environment(&[("TASKLANE_CONFIG", &named)]);
    let quota = |file: Option<&Path>| {
        // The second file is gone by now; only its name is left to be read.
        Settings::load(file, variables.clone()).map(|settings| settings.quota.tasks_per_user)
    };
    assert_eq!(quota(Some(&flagged.path())).unwrap(), 1);

    let named = Written::new("[quota]\ntasks_per_user = 2");
    let path = named.path().into_os_string().into_string().unwrap();
    assert_eq!(load(&[("TASKLANE_CONFIG", &path)]).quota.tasks_per_user, 2);
    assert_eq!(
        load(&[("TASKLANE_CONFIG", "")]).quota.tasks_per_user,
        10_000
    );
}

#[test]
fn a_file_that_is_not_there_is_one_clear_line() {
    let error = Settings::load(Some(Path::new("/nowhere/tasklane.toml")), []).unwrap_err();
    assert!(matches!(error, SettingsError::Unreadable { .. }));
    let text = error.to_string();
    assert!(
        text.starts_with("cannot read the settings file /nowhere/tasklane.toml: "),
        "{text}"
    );
    assert!(!text.contains('\n'));
}

#[test]
fn a_file_that_is_no_toml_is_named_with_the_place_and_without_its_text() {
    let error = load_file("[auth]\nsecret = \"hunter2\n", &[]).unwrap_err();
    let SettingsError::Malformed { line, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(*line, 2);
    let text = error.to_string();
    assert!(text.contains("settings.toml:2:"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains('\n'), "{text}");
}

#[test]
fn the_profile_and_the_store_decide_what_is_not_written() {
    let origins = |settings: &Settings| settings.cors.origins.len();
    let production = ("TASKLANE__PROFILE", "production");
    let secret = ("TASKLANE__AUTH__SECRET", SECRET);
    let postgres = ("DATABASE_URL", "postgres://localhost/tasklane");

    let settings = load(&[postgres]);
    assert!(settings.database.migrate);
    assert_eq!(
        (origins(&settings), settings.log.format),
        (2, LogFormat::Pretty)
    );
    assert!(settings.web.enabled);

    let settings = load(&[production, secret]);
    assert!(!settings.web.enabled);
    assert_eq!(settings.auth.registration, RegistrationPolicy::Closed);
    assert!(
        settings.database.migrate,
        "SQLite migrates itself everywhere"
    );
    assert_eq!(
        (origins(&settings), settings.log.format),
        (0, LogFormat::Json)
    );

    assert!(!load(&[production, secret, postgres]).database.migrate);
}

#[test]
fn what_is_written_goes_over_what_the_profile_decides() {
    let settings = load_file(
        "profile = 'production'\n[database]\nmigrate = false\n[log]\nformat = 'pretty'",
        &[
            ("TASKLANE__AUTH__SECRET", SECRET),
            ("TASKLANE__CORS__ORIGINS", "https://a.example"),
        ],
    )
    .unwrap();
    assert!(!settings.database.migrate);
    assert_eq!(settings.log.format, LogFormat::Pretty);
    assert_eq!(settings.cors.origins.len(), 1);
    let settings = load(&[
        ("TASKLANE__CORS__ORIGINS", ""),
        ("TASKLANE__SERVER__WORKERS", "3"),
    ]);
    assert_eq!(
        (settings.cors.origins.len(), settings.server.workers),
        (0, 3)
    );
}

#[test]
fn the_production_example_loads() {
    let example = include_str!("../../../../../config/production.toml");
    let settings = load_file(example, &[("TASKLANE__AUTH__SECRET", SECRET)]).unwrap();
    assert_eq!(settings.profile, Profile::Production);
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(keys(load_file(example, &[])), ["auth.secret"]);
}
