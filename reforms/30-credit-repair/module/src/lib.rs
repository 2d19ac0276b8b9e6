//! The module for credit repair (信用修复).
