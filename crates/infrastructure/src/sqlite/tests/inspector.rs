//! Looking at a file from beside, while the store uses it.

use super::*;
use crate::sqlite::{MigrateError, SqliteInspector};

fn inspector(fixture: &Fixture, wait: Duration) -> SqliteInspector {
    let path = fixture.folder.path().join("tasklane.db");
    SqliteInspector::of(&settings(path, wait)).unwrap().unwrap()
}

#[tokio::test]
async fn a_sound_file_is_found_sound_while_it_is_used() {
    let fixture = fixture(PATIENT).await;
    let inspector = inspector(&fixture, HASTY);
    assert_eq!(inspector.newest_entry().unwrap(), None);
    fixture.insert(1).await.unwrap();
    inspector.try_writing().unwrap();
    assert_eq!(inspector.find_damage(5).unwrap(), Vec::<String>::new());
    assert_eq!(
        inspector.pending_migrations().unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(inspector.newest_entry().unwrap(), Some(at()));
    let files = inspector.files().unwrap();
    assert!(files.log_size > 0);
    assert_eq!(files.mode, cfg!(unix).then_some(0o600));
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("folder/tasklane.db");
    assert!(
        SqliteInspector::of(&settings(path, HASTY))
            .unwrap()
            .is_none()
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_newer_schema_is_found() {
    let fixture = fixture(PATIENT).await;
    fixture
        .execute(
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000001')".to_owned(),
        )
        .await
        .unwrap();
    let inspector = inspector(&fixture, HASTY);
    let error = inspector.pending_migrations().unwrap_err();
    assert!(
        matches!(&error, MigrateError::Newer { version } if version == "99990101000001"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_file_that_somebody_writes_to_for_long_cannot_be_written() {
    let fixture = fixture(PATIENT).await;
    let (release, request) = fixture.occupy_writer().await;
    assert!(inspector(&fixture, HASTY).try_writing().is_err());
    drop(release);
    request.await.unwrap().unwrap();
    inspector(&fixture, HASTY).try_writing().unwrap();
}
