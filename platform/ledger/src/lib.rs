//! Bills (账单): what is owed, by which rule, and that it is paid once.
