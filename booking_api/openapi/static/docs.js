"use strict";

// Logging in by try-it-out authorizes the page, as pasting the tokens into "Authorize" would.
const ANSWERS_WITH_TOKENS = /\/api\/v1\/auth\/(login|refresh)$/;

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: true,
  docExpansion: "list",
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  responseInterceptor: (response) => {
    if (response.ok && ANSWERS_WITH_TOKENS.test(new URL(response.url).pathname)) {
      const tokens = JSON.parse(response.text);
      ui.preauthorizeApiKey("bearer", tokens.access_token);
      ui.preauthorizeApiKey("refresh", tokens.refresh_token);
    }
    return response;
  },
});
