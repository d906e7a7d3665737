use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use tasklane_domain::port::{MailError, MailQueue, Mailer};
use tasklane_domain::user::{LinkPurpose, Mail, MailRequest};

/// Sends nothing, and remembers what was asked for and what was to be sent.
#[derive(Debug, Default)]
pub struct RecordedMail {
    requests: Mutex<Vec<MailRequest>>,
    mails: Mutex<Vec<Mail>>,
}

impl RecordedMail {
    /// Takes out what was asked for, in order.
    #[must_use]
    pub fn take_requests(&self) -> Vec<MailRequest> {
        take(&self.requests)
    }

    /// Takes out the mails, in order.
    #[must_use]
    pub fn take_mails(&self) -> Vec<Mail> {
        take(&self.mails)
    }
}

impl MailQueue for RecordedMail {
    fn serves(&self, _: LinkPurpose) -> bool {
        true
    }

    fn push(&self, request: MailRequest) {
        add(&self.requests, request);
    }
}

#[async_trait]
impl Mailer for RecordedMail {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        add(&self.mails, mail);
        Ok(())
    }
}

fn take<T>(all: &Mutex<Vec<T>>) -> Vec<T> {
    std::mem::take(&mut *all.lock().unwrap_or_else(PoisonError::into_inner))
}

fn add<T>(all: &Mutex<Vec<T>>, one: T) {
    all.lock().unwrap_or_else(PoisonError::into_inner).push(one);
}
