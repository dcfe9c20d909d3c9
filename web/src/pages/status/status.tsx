export default function P() { return <div class="page"><h1>status</h1></div>; }
