//! A guarantor's own system (担保人前置机): a real server on loopback that signs, takes, refuses, keeps silent or repeats itself.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Router, http::StatusCode};
use codes::Moment;
use guarantee_module::line::{ANSWER, CUSTOMS, MESSAGE, Message};
use guarantee_module::xml::Element;
use seals::{Algorithm, Keys as _, MemoryKeys, PublicKeySet, Purpose};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How the bank behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    /// ACK.
    #[default]
    Takes,
    /// NACK, with this reason, to claims alone.
    RefusesClaims(String),
    /// No answer that counts.
    Silent,
    /// Signs with a key that nobody knows.
    Forges,
}

#[derive(Clone)]
pub(crate) struct Bank {
    pub(crate) code: &'static str,
    keys: Arc<MemoryKeys>,
    stranger: Arc<MemoryKeys>,
    customs: Arc<Mutex<Option<PublicKeySet>>>,
    mood: Arc<Mutex<Mood>>,
    took: Arc<Mutex<Vec<Message>>>,
    clock: Arc<AtomicI64>,
}

impl Bank {
    pub(crate) fn new(code: &'static str, clock: Arc<AtomicI64>) -> Self {
        let made = |seed: u8| {
            let keys = MemoryKeys::new();
            keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, Moment::default(), &[seed; 32])
                .expect("a key");
            Arc::new(keys)
        };
        Self {
            code,
            keys: made(41),
            stranger: made(42),
            customs: Arc::default(),
            mood: Arc::default(),
            took: Arc::default(),
            clock,
        }
    }

    pub(crate) fn public(&self) -> PublicKeySet {
        self.keys.public_set().expect("keys")
    }

    pub(crate) fn trusts(&self, customs: PublicKeySet) {
        *self.customs.lock().unwrap_or_else(PoisonError::into_inner) = Some(customs);
    }

    pub(crate) fn mood(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    fn now(&self) -> Moment {
        Moment::from_us(self.clock.load(Ordering::SeqCst))
    }

    /// The messages of a kind that it took, each id once.
    pub(crate) fn took(&self, kind: &str) -> Vec<Message> {
        let took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = std::collections::BTreeSet::new();
        took.iter()
            .filter(|message| message.kind == kind && seen.insert(message.id.clone()))
            .cloned()
            .collect()
    }

    /// Begins to serve; gives its address.
    pub(crate) async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/messages", listener.local_addr().expect("an address"));
        let router = Router::new().route("/messages", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    /// A message of its own, signed as it signs now.
    pub(crate) fn message(&self, id: &str, kind: &str, body: Vec<Element>) -> String {
        let message = Message {
            id: id.to_owned(),
            kind: kind.to_owned(),
            sender: self.code.to_owned(),
            receiver: CUSTOMS.to_owned(),
            at: self.now(),
            body: Element::of("Body", body),
        };
        message.write(&*self.keys, MESSAGE, self.now()).expect("signed")
    }

    /// Our answer, as the bank checks it.
    pub(crate) fn read(&self, answer: &str) -> Message {
        let customs = self.customs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Message::read(answer, |_sender| customs, ANSWER, self.now()).expect("our signature")
    }
}

async fn take(State(bank): State<Bank>, body: String) -> Response {
    let customs = bank.customs.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mood = bank.mood.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Ok(message) = Message::read(&body, |_sender| customs, MESSAGE, bank.now()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if mood == Mood::Silent {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    bank.took.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
    let mut body = vec![Element::text("ReplyTo", message.id.as_str())];
    let kind = match &mood {
        Mood::RefusesClaims(why) if message.kind == "CLAIM" => {
            body.push(Element::text("Reason", why.as_str()));
            "NACK"
        }
        _ => "ACK",
    };
    let answer = Message {
        id: format!("{}.a", message.id),
        kind: kind.to_owned(),
        sender: bank.code.to_owned(),
        receiver: CUSTOMS.to_owned(),
        at: bank.now(),
        body: Element::of("Body", body),
    };
    let keys = if mood == Mood::Forges { &bank.stranger } else { &bank.keys };
    answer.write(&**keys, ANSWER, bank.now()).expect("signed").into_response()
}
