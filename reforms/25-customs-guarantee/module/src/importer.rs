//! What is known of an enterprise beside its texts (进出口企业): its grade, what it owes, its goods, how great its risk is.

use crate::error::GuaranteeError;
use crate::model::{About, Enterprise, ExposureNo, GuaranteeNo, ImporterKey};
use codes::{Date, Label};
use documents::Issuer;
use guarantee::{Level, Matter, RiskReason};
use kernel::{Aggregate, Context};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The customs credit grade (海关信用等级), as reform 24 maps it; 严重失信 counts as dishonest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Advanced certified (高级认证): may be exempt (R6).
    Advanced,
    /// All others (备案、常规管理).
    #[default]
    Regular,
    /// Dishonest (失信): cash deposits only.
    Dishonest,
}

impl Grade {
    /// Its word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Advanced => "advanced",
            Self::Regular => "regular",
            Self::Dishonest => "dishonest",
        }
    }

    /// The grade of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Advanced, Self::Regular, Self::Dishonest]
            .into_iter()
            .find(|grade| grade.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Advanced => Label::new("高级认证企业", "advanced certified"),
            Self::Regular => Label::new("常规管理企业", "regular"),
            Self::Dishonest => Label::new("失信企业", "dishonest"),
        }
    }
}

/// What may be asked of an enterprise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImporterCommand {
    /// A text of it was filed.
    NoteText {
        /// About it.
        about: Box<About>,
    },
    /// A text of it is over.
    NoteOver {
        /// Which.
        no: GuaranteeNo,
    },
    /// Customs tell its grade (信用等级).
    NoteGrade {
        /// Who it is.
        enterprise: Box<Enterprise>,
        /// The grade.
        grade: Grade,
        /// As of which day.
        as_of: Date,
    },
    /// Whether it may use a guarantee for a matter, or none at all; nothing happens. Stands in one group with the hold.
    Admit {
        /// The matter.
        matter: Matter,
        /// Whether it asks to be exempt.
        exempt: bool,
    },
    /// Goods were declared (商品编码).
    NoteGoods {
        /// By which declaration.
        exposure: ExposureNo,
        /// Their codes.
        goods: Vec<String>,
    },
    /// Something is overdue.
    NoteOverdue {
        /// What.
        exposure: ExposureNo,
        /// Of which text.
        no: GuaranteeNo,
    },
    /// It was paid, by itself or by the guarantor.
    NotePaid {
        /// What.
        exposure: ExposureNo,
    },
    /// The watch assessed its risk.
    Assess {
        /// The level.
        level: Level,
        /// Why.
        reasons: Vec<RiskReason>,
        /// The texts concerned.
        texts: Vec<GuaranteeNo>,
    },
}

/// What happened to an enterprise; wire format, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImporterEvent {
    /// A text of it was filed.
    TextNoted {
        /// About it.
        about: Box<About>,
    },
    /// A text of it is over.
    TextOver {
        /// Which.
        no: GuaranteeNo,
    },
    /// Its grade.
    Graded {
        /// Who it is.
        enterprise: Box<Enterprise>,
        /// The grade.
        grade: Grade,
        /// As of which day.
        as_of: Date,
    },
    /// Goods that it never declared before.
    GoodsNoted {
        /// By which declaration.
        exposure: ExposureNo,
        /// Their codes.
        goods: BTreeSet<String>,
    },
    /// Something is overdue; with the first, summary taxation stops.
    OverdueNoted {
        /// What.
        exposure: ExposureNo,
        /// Of which text.
        no: GuaranteeNo,
        /// Whether summary taxation stops with it.
        stops: bool,
    },
    /// It was paid; with the last, summary taxation goes on.
    PaidNoted {
        /// What.
        exposure: ExposureNo,
        /// Of which text.
        no: GuaranteeNo,
        /// Whether summary taxation goes on.
        resumes: bool,
    },
    /// Another level of risk.
    Assessed {
        /// The level.
        level: Level,
        /// Why.
        reasons: Vec<RiskReason>,
        /// Before.
        was: Level,
        /// The texts concerned.
        texts: Vec<GuaranteeNo>,
        /// Who it is.
        enterprise: Box<Enterprise>,
        /// Who watches.
        issuer: Issuer,
        /// On which day.
        on: Date,
    },
}

/// An enterprise (进出口企业).
#[derive(Clone, Debug, Default)]
pub struct Importer {
    /// Its texts that are in force or will be.
    pub texts: BTreeMap<GuaranteeNo, Box<About>>,
    /// The last text that was filed, which tells who keeps watch.
    last: Option<Box<About>>,
    /// Its grade.
    pub grade: Grade,
    /// What is overdue, with its text.
    pub overdue: BTreeMap<ExposureNo, GuaranteeNo>,
    /// Goods that it declared.
    pub goods: BTreeSet<String>,
    /// How great its risk is.
    pub level: Level,
    /// Why.
    pub reasons: Vec<RiskReason>,
}

impl Aggregate for Importer {
    const KIND: &'static str = "importer";
    type Key = ImporterKey;
    type Command = ImporterCommand;
    type Event = ImporterEvent;
    type Error = GuaranteeError;
    type World = ();

    fn decide(
        &self,
        _world: &(),
        cx: &Context,
        command: ImporterCommand,
    ) -> Result<Vec<ImporterEvent>, GuaranteeError> {
        use ImporterCommand as C;
        use ImporterEvent as E;
        Ok(match command {
            C::NoteText { about } if self.texts.contains_key(&about.no) => Vec::new(),
            C::NoteText { about } => vec![E::TextNoted { about }],
            C::NoteOver { no } if self.texts.contains_key(&no) => vec![E::TextOver { no }],
            C::NoteOver { .. } => Vec::new(),
            C::NoteGrade { grade, .. } if grade == self.grade => Vec::new(),
            C::NoteGrade { enterprise, grade, as_of } => {
                vec![E::Graded { enterprise, grade, as_of }]
            }
            C::Admit { matter, exempt } => {
                // LAW: one overdue duty stops summary taxation (2018年第70号; R7).
                if matter == Matter::T1 && !self.overdue.is_empty() {
                    return Err(GuaranteeError::Stopped { overdue: self.overdue.len() });
                }
                // LAW: only an advanced certified enterprise may be exempt (担保条例 art. 10; R6).
                if exempt && self.grade != Grade::Advanced {
                    return Err(GuaranteeError::Field { key: "guarantee", why: "not_exempt" });
                }
                Vec::new()
            }
            C::NoteGoods { exposure, goods } => {
                let new: BTreeSet<String> =
                    goods.into_iter().filter(|code| !self.goods.contains(code)).collect();
                if new.is_empty() {
                    return Ok(Vec::new());
                }
                vec![E::GoodsNoted { exposure, goods: new }]
            }
            C::NoteOverdue { exposure, .. } if self.overdue.contains_key(&exposure) => Vec::new(),
            C::NoteOverdue { exposure, no } => {
                vec![E::OverdueNoted { exposure, no, stops: self.overdue.is_empty() }]
            }
            C::NotePaid { exposure } => match self.overdue.get(&exposure) {
                Some(no) => {
                    let resumes = self.overdue.len() == 1;
                    vec![E::PaidNoted { exposure, no: no.clone(), resumes }]
                }
                None => Vec::new(),
            },
            C::Assess { level, reasons, texts } => {
                let Some(about) = &self.last else {
                    return Err(GuaranteeError::Unknown { what: "importer" });
                };
                if level == self.level && reasons == self.reasons {
                    return Ok(Vec::new());
                }
                vec![E::Assessed {
                    level,
                    reasons,
                    was: self.level,
                    texts,
                    enterprise: Box::new(about.enterprise.clone()),
                    issuer: about.issuer.clone(),
                    on: cx.now.date(),
                }]
            }
        })
    }

    fn evolve(&mut self, event: &ImporterEvent) {
        use ImporterEvent as E;
        match event {
            E::TextNoted { about } => {
                self.texts.insert(about.no.clone(), about.clone());
                self.last = Some(about.clone());
            }
            E::TextOver { no } => {
                self.texts.remove(no);
            }
            E::Graded { grade, .. } => self.grade = *grade,
            E::GoodsNoted { goods, .. } => self.goods.extend(goods.iter().cloned()),
            E::OverdueNoted { exposure, no, .. } => {
                self.overdue.insert(exposure.clone(), no.clone());
            }
            E::PaidNoted { exposure, .. } => {
                self.overdue.remove(exposure);
            }
            E::Assessed { level, reasons, .. } => {
                (self.level, self.reasons) = (*level, reasons.clone());
            }
        }
    }
}
