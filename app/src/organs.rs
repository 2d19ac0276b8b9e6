//! Where organs are and what they are called, as identity asks for it.

use catalogue::Catalogue;
use codes::Label;
use identity::Organs;
use kernel::OrganKey;
use module::Clock;
use std::sync::Arc;

/// The directory of the catalogue.
pub(crate) struct Directory {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Organs for Directory {
    fn place(&self, organ: &OrganKey) -> Option<String> {
        let found = self.catalogue.directory().organ(organ, self.clock.now().date()).ok()?;
        Some(found.place.to_string())
    }

    fn name(&self, organ: &OrganKey) -> Option<Label> {
        let found = self.catalogue.directory().organ(organ, self.clock.now().date()).ok()?;
        Some(found.label)
    }

    fn services(&self) -> Vec<(String, Label)> {
        let offered = self.catalogue.services();
        offered.map(|(key, _)| (key.to_string(), self.catalogue.service_label(&key))).collect()
    }
}

impl registers::Organs for Directory {
    fn issuer(&self, organ: &OrganKey) -> Option<documents::Issuer> {
        let found = self.catalogue.directory().organ(organ, self.clock.now().date()).ok()?;
        let name = found.label.zh;
        Some(documents::Issuer {
            organ: organ.clone(),
            name: name.clone(),
            word: name,
            place: found.place.to_string(),
        })
    }
}
