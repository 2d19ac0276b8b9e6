//! The module for customs penalty cases and their service (海关处罚案件、电子送达).
