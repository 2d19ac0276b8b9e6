//! Folding events into the aggregates: total, and looking at nothing but the event.

use crate::decide::login::Login;
use crate::decide::mandate::Mandate;
use crate::decide::party::Party;
use crate::decide::session::Session;
use crate::event::{Ground, LoginEvent, MandateEvent, PartyEvent, Proof, SessionEvent};

pub(crate) fn party(state: &mut Party, event: &PartyEvent) {
    match event {
        PartyEvent::Registered { kind, sealed, commitment } => {
            state.kind = Some(*kind);
            state.sealed = Some(sealed.clone());
            state.commitment = Some(*commitment);
        }
        PartyEvent::Corrected { sealed, commitment } => {
            state.sealed = Some(sealed.clone());
            state.commitment = Some(*commitment);
        }
        PartyEvent::LoginTied { login, assurance } => {
            state.logins.insert(login.clone(), *assurance);
        }
    }
}

pub(crate) fn login(state: &mut Login, event: &LoginEvent) {
    match event {
        LoginEvent::Registered { proof } => state.proof = Some(proof.clone()),
        LoginEvent::PasswordChanged { secret } => {
            state.proof = Some(Proof::Password { secret: secret.clone() });
        }
        LoginEvent::SignedIn { .. } => state.failures = 0,
        LoginEvent::SignInFailed { failures } => state.failures = *failures,
        LoginEvent::Locked { until } => state.locked_until = Some(*until),
        LoginEvent::Unlocked => {
            state.failures = 0;
            state.locked_until = None;
        }
        LoginEvent::PartyAttached { party } => state.party = Some(party.clone()),
        LoginEvent::OfficerAttached { post, .. } => {
            state.posts.insert(post.clone());
        }
        LoginEvent::OfficerDetached { post } => {
            state.posts.remove(post);
        }
    }
}

pub(crate) fn session(state: &mut Session, event: &SessionEvent) {
    match event {
        SessionEvent::Opened { login, acting, until, latest, .. } => {
            state.login = Some(login.clone());
            state.acting.clone_from(acting);
            state.until = *until;
            state.latest = *latest;
        }
        SessionEvent::Switched { acting } => state.acting = Some(acting.clone()),
        SessionEvent::Extended { until } => state.until = *until,
        SessionEvent::Ended { .. } => state.ended = true,
    }
}

pub(crate) fn mandate(state: &mut Mandate, event: &MandateEvent) {
    match event {
        MandateEvent::Given { grant, ground } => {
            state.grant = Some(grant.clone());
            state.by_register = matches!(ground, Ground::Register { .. });
            state.ended = false;
        }
        MandateEvent::Ended { .. } => state.ended = true,
    }
}
