"""What every blueprint shares: access, problems, documents and their fields, paging, request ids, the API page."""
