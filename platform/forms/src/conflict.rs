//! What makes a form, or several together, impossible: told to the engineer who publishes it.

use crate::form::ServiceId;
use codes::{Code, Coded, Label, Reason};
use elements::Path;

/// A fault of one form, or between several (冲突).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// A path names nothing in the dictionary.
    #[error("`{service}` asks `{path}`, which the dictionary lacks")]
    ElementUnknown {
        /// The path.
        path: Path,
        /// The service.
        service: ServiceId,
    },
    /// A path stands twice in one form.
    #[error("`{service}` asks `{path}` twice")]
    DuplicateField {
        /// The path.
        path: Path,
        /// The service.
        service: ServiceId,
    },
    /// Something is said of a path that the form does not ask.
    #[error("`{service}` speaks of `{path}`, which it does not ask")]
    NotAsked {
        /// The path.
        path: Path,
        /// The service.
        service: ServiceId,
    },
    /// What a form says of an element does not fit its type.
    #[error("`{service}`: `{path}`: {why}")]
    TypeMismatch {
        /// The path.
        path: Path,
        /// The service.
        service: ServiceId,
        /// Why.
        why: String,
    },
    /// No answer can satisfy all services that ask an element.
    #[error("`{element}`: no answer satisfies {}: {why}", list(services))]
    RulesContradict {
        /// The element, of a role or row where it belongs to one.
        element: Path,
        /// The services that ask it, in order of name; the one whose rule cannot be met comes last.
        services: Vec<ServiceId>,
        /// Why.
        why: String,
    },
    /// Two rules cannot be compared within the permitted effort.
    #[error("`{element}`: the rules of {} are too large to compare: {why}", list(services))]
    RulesTooLarge {
        /// The element.
        element: Path,
        /// The services that ask it; the one whose rule was added comes last.
        services: Vec<ServiceId>,
        /// Why.
        why: String,
    },
    /// The same service stands twice among the forms that are merged.
    #[error("`{service}` stands twice among the forms to merge")]
    ServiceTwice {
        /// The service.
        service: ServiceId,
    },
}

fn list(services: &[ServiceId]) -> String {
    services.iter().map(|service| format!("`{service}`")).collect::<Vec<_>>().join(", ")
}

impl Coded for Conflict {
    fn code(&self) -> Code {
        let number = match self {
            Self::ElementUnknown { .. } => 1,
            Self::DuplicateField { .. } => 2,
            Self::NotAsked { .. } => 3,
            Self::TypeMismatch { .. } => 4,
            Self::RulesContradict { .. } => 5,
            Self::RulesTooLarge { .. } => 6,
            Self::ServiceTwice { .. } => 7,
        };
        Code::new("FRM", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::ElementUnknown { .. } => "ELEMENT_UNKNOWN",
            Self::DuplicateField { .. } => "DUPLICATE_FIELD",
            Self::NotAsked { .. } => "FIELD_NOT_ASKED",
            Self::TypeMismatch { .. } => "TYPE_MISMATCH",
            Self::RulesContradict { .. } => "RULES_CONTRADICT",
            Self::RulesTooLarge { .. } => "RULES_TOO_LARGE",
            Self::ServiceTwice { .. } => "SERVICE_TWICE",
        }
    }

    fn label(&self) -> Label {
        let en = self.to_string();
        let zh = match self {
            Self::ElementUnknown { path, service } => {
                format!("服务{service}采集的{path}不在数据元字典中")
            }
            Self::DuplicateField { path, service } => format!("服务{service}重复采集{path}"),
            Self::NotAsked { path, service } => format!("服务{service}对未采集的{path}作了规定"),
            Self::TypeMismatch { path, service, .. } => {
                format!("服务{service}对{path}的规定与其类型不符")
            }
            Self::RulesContradict { element, services, .. } => {
                format!("{element}的规则互相矛盾，涉及服务：{}", names(services))
            }
            Self::RulesTooLarge { element, services, .. } => {
                format!("{element}的规则过于复杂，无法比较，涉及服务：{}", names(services))
            }
            Self::ServiceTwice { service } => format!("服务{service}在合并中出现两次"),
        };
        Label::new(zh, en)
    }

    fn fields(&self) -> Option<String> {
        let json = match self {
            Self::ElementUnknown { path, service }
            | Self::DuplicateField { path, service }
            | Self::NotAsked { path, service } => {
                serde_json::json!({ "path": path, "service": service })
            }
            Self::TypeMismatch { path, service, why } => {
                serde_json::json!({ "path": path, "service": service, "why": why })
            }
            Self::RulesContradict { element, services, why }
            | Self::RulesTooLarge { element, services, why } => {
                serde_json::json!({ "element": element, "services": services, "why": why })
            }
            Self::ServiceTwice { service } => serde_json::json!({ "service": service }),
        };
        Some(json.to_string())
    }
}

fn names(services: &[ServiceId]) -> String {
    services.iter().map(ServiceId::as_str).collect::<Vec<_>>().join("、")
}
