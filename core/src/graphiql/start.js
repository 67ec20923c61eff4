// Runs in the browser: GraphiQL over this server's own API, with the session of whoever opened the page.
/* global URL, document, location, React, ReactDOM, GraphiQL */
const socket = new URL('/graphql', location.href)
socket.protocol = socket.protocol.replace('http', 'ws')
const fetcher = GraphiQL.createFetcher({ url: '/graphql', subscriptionUrl: socket.href })
ReactDOM.createRoot(document.getElementById('graphiql')).render(React.createElement(GraphiQL, {
  fetcher,
  defaultQuery: '{\n  clients(first: 10) {\n    nodes {\n      name\n    }\n    total {\n      value\n    }\n  }\n}\n',
}))
