//! `tasklane doctor`: looks at everything that a service needs, and says what to do about it.
//!
//! It changes nothing: it neither migrates, nor makes a database, a folder or a secret.

mod clock;
mod diagnosis;
mod identity;
mod machine;
mod production;
mod store;

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use tasklane_domain::error::{BoxError, with_causes};

use self::diagnosis::{Diagnosis, Verdict};
use crate::composition::Inspector;
use crate::config::{Settings, SettingsError};
use crate::serve::{MAKE_AN_ACCOUNT, NOBODY_CAN_SIGN_IN, lets_in_accounts_only};

/// Why the doctor is not content.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DoctorError {
    /// Some checks failed. What they found is on stdout.
    #[error("{0}")]
    Failed(String),
    /// The findings cannot be written, or nothing can be run.
    #[error("the checks cannot be made")]
    Io(#[from] io::Error),
}

/// Checks everything, each check for at most `limit`, and prints what it finds as it finds it.
///
/// # Errors
/// A check failed.
pub(crate) fn run(file: Option<&Path>, limit: Duration) -> Result<(), DoctorError> {
    let mut report = Report {
        output: io::stdout(),
        failed: 0,
        warnings: 0,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let examined = match Settings::load(file, std::env::vars_os()) {
        Ok(settings) => runtime.block_on(examine(&settings, limit, &mut report)),
        Err(error) => refused_settings(&error)
            .into_iter()
            .try_for_each(|finding| report.add(&finding)),
    };
    // A question that came to no end may still be asked on a thread of its own.
    runtime.shutdown_background();
    examined?;
    report.conclude()
}

async fn examine<W: Write>(
    settings: &Settings,
    limit: Duration,
    report: &mut Report<W>,
) -> io::Result<()> {
    let valid = format!("valid, for {}", settings.profile);
    report.add(&Diagnosis::ok("settings", valid))?;
    report.add_all(production::check(settings))?;
    report.add(&machine::open_files(settings))?;
    report.add(&identity::signing_key(settings))?;
    report.add_all(identity::issuers(settings, limit).await)?;
    let sound = store::check(settings, limit, report).await?;
    if let Some(store) = &sound {
        report.add_all(accounts(settings, store, limit).await)?;
    }
    report.add(&clock::check(sound.as_ref(), limit).await)
}

/// Whether anybody can sign in at all, where only those can who have an account.
async fn accounts(settings: &Settings, store: &Inspector, limit: Duration) -> Option<Diagnosis> {
    const SUBJECT: &str = "accounts";
    if !lets_in_accounts_only(settings) {
        return None;
    }
    Some(match within(limit, store.has_account()).await {
        Ok(true) => Diagnosis::ok(SUBJECT, "there are some"),
        Ok(false) => Diagnosis::warning(SUBJECT, NOBODY_CAN_SIGN_IN, MAKE_AN_ACCOUNT),
        Err(error) => Diagnosis::warning(
            SUBJECT,
            error,
            "give it more time: `tasklane doctor --timeout 1m`",
        ),
    })
}

fn refused_settings(error: &SettingsError) -> Vec<Diagnosis> {
    const ADVICE: &str = "correct it where it is set, in the settings file or the environment; \
         nothing else is checked until then";
    let findings = match error {
        SettingsError::Invalid(findings) => findings.iter().map(ToString::to_string).collect(),
        other => vec![with_causes(other)],
    };
    findings
        .into_iter()
        .map(|finding| Diagnosis::failed("settings", finding, ADVICE))
        .collect()
}

/// What comes of a question in that time, or why nothing did.
async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, BoxError>>,
) -> Result<T, String> {
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer.map_err(|error| with_causes(error.as_ref())),
        Err(_) => Err(format!("no answer within {limit:?}")),
    }
}

/// Where findings go, and how many there were that matter.
struct Report<W> {
    output: W,
    failed: usize,
    warnings: usize,
}

impl<W: Write> Report<W> {
    fn add(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        match diagnosis.verdict {
            Verdict::Ok => {}
            Verdict::Warning => self.warnings += 1,
            Verdict::Failed => self.failed += 1,
        }
        write!(self.output, "{diagnosis}")?;
        self.output.flush()
    }

    fn add_all(&mut self, diagnoses: impl IntoIterator<Item = Diagnosis>) -> io::Result<()> {
        diagnoses
            .into_iter()
            .try_for_each(|diagnosis| self.add(&diagnosis))
    }

    fn conclude(self) -> Result<(), DoctorError> {
        let failed = match self.failed {
            0 => return Ok(()),
            1 => "1 check failed".to_owned(),
            several => format!("{several} checks failed"),
        };
        Err(DoctorError::Failed(match self.warnings {
            0 => failed,
            1 => format!("{failed}, 1 warning"),
            several => format!("{failed}, {several} warnings"),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(findings: &[Diagnosis]) -> (String, Result<(), DoctorError>) {
        let mut output = Vec::new();
        let mut report = Report {
            output: &mut output,
            failed: 0,
            warnings: 0,
        };
        report.add_all(findings.iter().cloned()).unwrap();
        let concluded = report.conclude();
        (String::from_utf8(output).unwrap(), concluded)
    }

    #[test]
    fn every_finding_is_a_line_with_its_advice_below() {
        let (text, concluded) = report(&[
            Diagnosis::ok("store", "there"),
            Diagnosis::warning("log", "long", "shorten it"),
        ]);
        assert_eq!(
            text,
            "ok       store: there\nwarning  log: long\n         -> shorten it\n"
        );
        assert!(concluded.is_ok(), "warnings do not fail");
    }

    #[test]
    fn one_failure_is_enough_to_fail() {
        let (_, concluded) = report(&[
            Diagnosis::failed("store", "gone", "find it"),
            Diagnosis::warning("log", "long", "shorten it"),
            Diagnosis::ok("clock", "right"),
        ]);
        assert_eq!(
            concluded.unwrap_err().to_string(),
            "1 check failed, 1 warning"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_without_an_answer_is_given_up() {
        let never = std::future::pending::<Result<(), BoxError>>();
        let given_up = within(Duration::from_secs(5), never).await;
        assert_eq!(given_up.unwrap_err(), "no answer within 5s");
    }
}
