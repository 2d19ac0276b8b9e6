//! Forms, their computed merge, validation and projection.
