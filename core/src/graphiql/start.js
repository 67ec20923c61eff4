// Runs in the browser: GraphiQL over this server's own API, with the session of whoever opened the page.
/* global document, React, ReactDOM, GraphiQL */
const fetcher = GraphiQL.createFetcher({ url: '/graphql' })
ReactDOM.createRoot(document.getElementById('graphiql')).render(React.createElement(GraphiQL, {
  fetcher,
  defaultQuery: '{\n  clients(first: 10) {\n    nodes {\n      name\n    }\n    total {\n      value\n    }\n  }\n}\n',
}))
