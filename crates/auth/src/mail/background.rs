use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, Receiver, Sender};

use tasklane_domain::error::with_causes;
use tasklane_domain::port::MailQueue;
use tasklane_domain::service::MailService;
use tasklane_domain::user::{LinkAddresses, LinkPurpose, MailRequest};

/// The most requests that wait. More are dropped, and the log says so.
const MOST_WAITING: usize = 1000;
/// How many are looked after at once: a mail server that is slow does not stop everything.
const WORKERS: usize = 4;

/// A queue of requests for links, and those who look after them.
#[derive(Debug, Clone)]
pub struct BackgroundMail {
    requests: Sender<MailRequest>,
    addresses: LinkAddresses,
}

impl BackgroundMail {
    /// Looks after requests from now on, until the queue and its clones are dropped.
    ///
    /// Must be called within a Tokio runtime.
    #[must_use]
    pub fn start(service: MailService, addresses: LinkAddresses) -> Self {
        let (requests, waiting) = mpsc::channel(MOST_WAITING);
        let (service, waiting) = (Arc::new(service), Arc::new(Mutex::new(waiting)));
        for _ in 0..WORKERS {
            tokio::spawn(work(Arc::clone(&service), Arc::clone(&waiting)));
        }
        Self {
            requests,
            addresses,
        }
    }
}

impl MailQueue for BackgroundMail {
    fn serves(&self, purpose: LinkPurpose) -> bool {
        self.addresses.page(purpose).is_some()
    }

    fn push(&self, request: MailRequest) {
        if self.requests.try_send(request).is_err() {
            tracing::warn!("too many requests for mail are waiting; one was dropped");
        }
    }
}

async fn work(service: Arc<MailService>, waiting: Arc<Mutex<Receiver<MailRequest>>>) {
    loop {
        let next = waiting.lock().await.recv().await;
        let Some(request) = next else { return };
        let template = request.purpose;
        match service.look_after(request).await {
            Ok(true) => tracing::info!(%template, "mail sent"),
            Ok(false) => tracing::debug!(%template, "nothing was to be sent"),
            Err(error) => {
                tracing::error!(%template, error = with_causes(&error), "mail not sent");
            }
        }
    }
}
