// The reference at /docs: the contract of this very server, shown by Swagger UI. Asks nobody else.
SwaggerUIBundle({
  url: 'openapi.yaml',
  dom_id: '#reference',
  validatorUrl: null,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  defaultModelRendering: 'model',
  displayRequestDuration: true,
  filter: true,
  showExtensions: true,
  tagsSorter: undefined,
});
